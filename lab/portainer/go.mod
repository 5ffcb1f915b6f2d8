module phoenix/lab/portainer

go 1.24
