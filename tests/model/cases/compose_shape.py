"""Parts of compose files whose form is none that Docker takes."""

from tests.model.broken import WEB_COMPOSE, Broken, Edit, Expected, one

PORT = '- "${PORT}:80"'


def formed(key: str, text: str, allowed: str) -> Broken:
    """A service with one more part, whose form is wrong."""
    edit = Edit(WEB_COMPOSE, "    image: web\n", f"    image: web\n    {key}: {text}\n")
    return one(f"{key} in a wrong form", edit, Expected(WEB_COMPOSE, f"{key}:", f"services.web.{key}", "", allowed))


def published(name: str, port: str, *allowed: str) -> Broken:
    """A service with one more port."""
    expected = [Expected(WEB_COMPOSE, port, "services.web.ports[1]", "", words) for words in allowed]
    return one(name, Edit(WEB_COMPOSE, PORT, f"{PORT}\n      - {port}"), *expected)


VOLUME = f"{PORT}\nvolumes:\n  data:\n    driver: local\n    driver_opts: {{type: none, o: bind, device: DEVICE}}"


def bound(name: str, device: str, *allowed: str) -> Broken:
    """A volume that is bound to a directory."""
    field = "volumes.data.driver_opts.device"
    edit = Edit(WEB_COMPOSE, PORT, VOLUME.replace("DEVICE", device))
    return one(name, edit, *(Expected(WEB_COMPOSE, "driver_opts", field, "", words) for words in allowed))


CASES = (
    formed("deploy", "[x]", "a mapping"),
    formed("labels", "x", "a list or a mapping"),
    formed("volumes", "{a: b}", "a list"),
    formed("networks", "3", "a list or a mapping"),
    one(
        "placement as a list",
        Edit(WEB_COMPOSE, "    image: web\n", "    image: web\n    deploy:\n      placement: [x]\n"),
        Expected(WEB_COMPOSE, "placement:", "services.web.deploy.placement", "x", "a mapping"),
    ),
    one(
        "empty parts are no problem",
        Edit(WEB_COMPOSE, "    image: web\n", "    image: web\n    deploy:\n    labels:\n"),
    ),
    published("port that is no number", "http", "PUBLISHED:TARGET, or a mapping with target and published"),
    published("port that is a switch", "true", "PUBLISHED:TARGET, or a mapping with target and published"),
    published("port without a target", "{published: 81}", "PUBLISHED:TARGET, or a mapping with target and published"),
    published("one port at several", '"81-83:81"', "one published port for each of the container's"),
    published(
        "port that a variable spoils", '"${PORT}x:81"', "PUBLISHED:TARGET, or a mapping with target and published"
    ),
    published("port beside a variable that is none", '{target: "${PORT}", published: /x}', "PUBLISHED:TARGET"),
    published("port beyond the last", "70000", "ports from 1 to 65535"),
    published("range from its end", '"83-81:83-81"', "the lower of a range first"),
    published("ports in all their forms are no problem", '"127.0.0.1:81-83:81-83/udp"'),
    published("a bare port is no problem", "8080"),
    bound("volume of a relative directory", "data/web", "an absolute path"),
    bound("volume of no directory", '""', "an absolute path"),
    bound("volume of a directory is no problem", "/mnt/persistent/web"),
    bound("volume of a directory that only a variable tells", '"${PORT}/web"', "an absolute path"),
)
