"""Which packages the mirror holds: what features install, without what those merely recommend."""

BASE_SETUP = ("curl", "wget", "vim-tiny", "htop", "jq", "git", "rsync", "gnupg", "locales")
COMMON = ("ca-certificates", "sudo", "cron", "openssh-server", "openssl", "tar", "xz-utils", "unzip")
NGINX = ("nginx-light", "libnginx-mod-stream")
DOCKER = ("docker.io", "containerd", "runc", "iptables", "stunnel4", "nfs-common")
PYTHON = ("python3", "python3-venv", "python3-pip")

WANTED = tuple(sorted({*BASE_SETUP, *COMMON, *NGINX, *DOCKER, *PYTHON}))
