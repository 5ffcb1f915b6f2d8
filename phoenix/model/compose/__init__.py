"""Compose files as `docker stack deploy` takes them: their variables, their shape, the files that they name.

https://docs.docker.com/reference/compose-file/legacy-versions/
"""
