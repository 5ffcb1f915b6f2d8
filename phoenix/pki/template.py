"""What a provisioner needs so that the CA honours the kind that is asked for.

step-ca's own template grants `serverAuth` and `clientAuth` to every certificate; with this one in the provisioner's
`options.x509.template` the kind sent with the request decides. https://smallstep.com/docs/step-ca/templates/
"""

LEAF_TEMPLATE = """{{- $kind := "both" -}}
{{- if .Insecure.User }}{{ $kind = printf "%v" .Insecure.User.kind }}{{ end -}}
{
  "subject": {{ toJson .Subject }},
  "sans": {{ toJson .SANs }},
  "keyUsage": {{ if typeIs "*rsa.PublicKey" .Insecure.CR.PublicKey -}}
    ["digitalSignature", "keyEncipherment"]{{ else }}["digitalSignature"]{{ end }},
  "extKeyUsage": {{ if eq $kind "server" }}["serverAuth"]
    {{- else if eq $kind "client" }}["clientAuth"]
    {{- else }}["serverAuth", "clientAuth"]{{ end }}
}
"""
