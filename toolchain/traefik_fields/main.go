// Writes phoenix/model/traefik/fields.json: every field of Traefik's dynamic HTTP configuration, read from the Go
// source of its module by go/parser, so that nothing of Traefik is built.
//
//	go mod download -json github.com/traefik/traefik/v3@v3.6.1     # its Dir is the first argument
//	go run toolchain/traefik_fields/main.go DIR v3.6.1 > phoenix/model/traefik/fields.json
//
// These files of v3.6.2, which config/artifacts.yaml installs, are those of v3.6.1 to the byte; v3.6.2 itself is not in
// every checksum database.
//
// Of a type: each field by the name that files of Traefik's file provider give it, with its `type`: string, bool, int,
// duration, another type of the table, `list of X`, `map of X`, or `any`. `empty` fields may stand without fields of
// their own; `label` is another name that labels use; what labels cannot set has `label` "-".
package main

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
)

type field struct {
	Type  string `json:"type"`
	Empty bool   `json:"empty,omitempty"`
	Label string `json:"label,omitempty"`
}

var (
	packages = []string{"config/dynamic", "types", "tls", "observability/types"}
	aliases  = map[string]string{
		"types": "types", "traefiktls": "tls", "otypes": "observability/types", "tls": "tls",
	}
	declared = map[string]map[string]ast.Expr{}
	table    = map[string]map[string]field{}
)

func main() {
	for _, name := range packages {
		declared[name] = map[string]ast.Expr{}
		files, err := filepath.Glob(filepath.Join(os.Args[1], "pkg", name, "*.go"))
		must(err)
		for _, path := range files {
			if strings.HasSuffix(path, "_test.go") {
				continue
			}
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
			must(err)
			for _, each := range file.Decls {
				if group, ok := each.(*ast.GenDecl); ok && group.Tok == token.TYPE {
					for _, spec := range group.Specs {
						spec := spec.(*ast.TypeSpec)
						declared[name][spec.Name.Name] = spec.Type
					}
				}
			}
		}
	}
	for _, root := range []string{"Router", "Service", "Middleware"} {
		named("config/dynamic", root)
	}
	text, err := json.MarshalIndent(map[string]any{"traefik": os.Args[2], "types": table}, "", " ")
	must(err)
	// a field a line
	fmt.Println(regexp.MustCompile(`\{\n {4}("[^{}]*)\n {3}\}`).ReplaceAllStringFunc(string(text), func(each string) string {
		return strings.Join(strings.Fields(each), " ")
	}))
}

// The name of a type in the table; a struct goes into it.
func named(where, name string) string {
	expr, ok := declared[where][name]
	if !ok {
		return map[string]string{"int64": "int", "any": "any"}[name] + map[bool]string{true: name}[name == "string" || name == "bool" || name == "int"]
	}
	fields, ok := expr.(*ast.StructType)
	if !ok {
		return typed(where, expr)
	}
	if where != "config/dynamic" {
		name = filepath.Base(where) + "." + name
	}
	if table[name] == nil {
		table[name] = map[string]field{}
		for _, each := range fields.Fields.List {
			tag := reflect.StructTag("")
			if each.Tag != nil {
				tag = reflect.StructTag(strings.Trim(each.Tag.Value, "`"))
			}
			key := strings.Split(tag.Get("yaml"), ",")[0]
			label := tag.Get("label-slice-as-struct")
			if tag.Get("label") == "-" {
				label = "-"
			}
			if key == "" || key == "-" {
				key = strings.ToLower(each.Names[0].Name[:1]) + each.Names[0].Name[1:]
			}
			if !strings.EqualFold(key, each.Names[0].Name) {
				must(fmt.Errorf("%s.%s: labels and files name it differently: %s", name, each.Names[0].Name, key))
			}
			kind := "any"
			if label != "-" {
				kind = typed(where, each.Type)
			}
			table[name][key] = field{kind, tag.Get("label") == "allowEmpty", label}
		}
	}
	return name
}

func typed(where string, expr ast.Expr) string {
	switch of := expr.(type) {
	case *ast.StarExpr:
		return typed(where, of.X)
	case *ast.ArrayType:
		return "list of " + typed(where, of.Elt)
	case *ast.MapType:
		return "map of " + typed(where, of.Value)
	case *ast.SelectorExpr:
		if of.X.(*ast.Ident).Name == "ptypes" && of.Sel.Name == "Duration" {
			return "duration"
		}
		return named(aliases[of.X.(*ast.Ident).Name], of.Sel.Name)
	case *ast.Ident:
		if found := named(where, of.Name); found != "" {
			return found
		}
	}
	must(fmt.Errorf("%s: a type that the table has no word for: %#v", where, expr))
	return ""
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
