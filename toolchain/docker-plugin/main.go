// Serves the Docker Terraform provider as Pulumi's "docker" resource plugin.
//
// This module's name lies below the provider's own, because Go lets only such a module import its
// internal package.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	sdkv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	docker "github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// version is set at link time to that of the Python package the plugin serves.
var version = "0.0.0"

// The Python package brings its own types, so the engine needs no more of the schema than this.
func schema() []byte {
	return []byte(`{"name":"docker","version":"` + version + `"}`)
}

func main() {
	info := tfbridge.ProviderInfo{
		P:       sdkv2.NewProvider(docker.New(version)()),
		Name:    "docker",
		Version: version,
		// the one name that Pulumi's package spells otherwise than the provider
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_config": {Tok: "docker:index/serviceConfig:ServiceConfig"},
		},
	}
	info.MustComputeTokens(tokens.SingleModule("docker_", "index", tokens.MakeStandard("docker")))
	tfbridge.Main("docker", version, info, schema())
}
