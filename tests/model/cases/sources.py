"""Sources of secrets and configs in `stack.yaml`."""

from tests.model.broken import (
    CERTIFICATES,
    PORTAINER,
    PORTAINER_COMPOSE,
    WEB,
    WEB_COMPOSE,
    Broken,
    Edit,
    Expected,
    one,
)

DECLARED = Edit(WEB_COMPOSE, "services:", "secrets: {a: {}}\nconfigs: {c: {}}\nservices:")
HERE = "    files:"
SEALED = '{"data": "ENC[AES256_GCM,data:x]",\n "sops": {"mac": "ENC[x]"}}\n'
AT = "environments.production."


def sourced(secrets: str, configs: str = "{c: {setting: text}}") -> Edit:
    """The web stack's environment with these sources, each on a line of its own."""
    return Edit(WEB, HERE, f"    secrets: {secrets}\n    configs: {configs}\n{HERE}")


def case(name: str, edits: tuple[Edit, ...], *expected: Expected) -> Broken:
    """A case over the declared secret `a` and config `c`."""
    return Broken(name, (DECLARED, *edits), expected)


CASES = (
    case("secret and config of settings are no problem", (sourced("{a: {setting: webPassword}}"),)),
    case("secret that is drawn is no problem", (sourced("{a: {generate: 32}}"),)),
    case("external secret and config are no problem", (sourced("{a: {external: x}}", "{c: {external: y}}"),)),
    case(
        "secret and config of files are no problem",
        (sourced("{a: {file: a.key}}", "{c: {file: app.env}}"), Edit("stacks/web/a.key", "", SEALED)),
    ),
    case(
        "secret and config without a source",
        (),
        Expected(WEB_COMPOSE, "secrets:", "secrets.a", "{}", "a source in secrets of stack.yaml"),
        Expected(WEB_COMPOSE, "configs:", "configs.c", "{}", "a source in configs of stack.yaml"),
    ),
    case(
        "source of two kinds",
        (sourced("{a: {setting: x, generate: 32}}"),),
        Expected(WEB, "secrets:", AT + "secrets.a", "setting", "exactly one of setting, file, generate and external"),
    ),
    case(
        "drawn value of three signs",
        (sourced("{a: {generate: 3}}"),),
        Expected(WEB, "secrets:", AT + "secrets.a.generate", "3", "16"),
    ),
    case(
        "source of what the compose file does not declare",
        (sourced("{a: {setting: x}, b: {setting: x}}", "{c: {setting: x}, d: {setting: x}}"),),
        Expected(WEB, "secrets:", AT + "secrets.b", "b", "a key of compose.yaml's own secrets: a"),
        Expected(WEB, "configs:", AT + "configs.d", "d", "a key of compose.yaml's own configs: c"),
    ),
    case(
        "source beside external",
        (Edit(WEB_COMPOSE, "{a: {}}", "{a: {external: true}}"), sourced("{a: {setting: x}}")),
        Expected(WEB, "secrets:", AT + "secrets.a", "setting", "external: a, for "),
    ),
    case(
        "external by its old form, of somebody else, is no problem",
        (Edit(WEB_COMPOSE, "{a: {}}", "{a: {external: {name: x}}}"), sourced("{a: {external: x}}")),
    ),
    case(
        "two names of one external secret",
        (Edit(WEB_COMPOSE, "{a: {}}", "{a: {name: x}}"), sourced("{a: {external: y}}")),
        Expected(WEB_COMPOSE, "secrets:", "secrets.a.name", "x", "no name"),
    ),
    case(
        "file of a secret beside its source",
        (Edit(WEB_COMPOSE, "{a: {}}", "{a: {file: ./a.txt}}"), sourced("{a: {setting: x}}")),
        Expected(WEB_COMPOSE, "secrets:", "secrets.a.file", "./a.txt", "nothing but a name"),
    ),
    case(
        "secret's file that is not there",
        (sourced("{a: {file: a.key}}"),),
        Expected(WEB, "secrets:", AT + "secrets.a.file", "a.key", "a text file in"),
    ),
    case(
        "secret's file that is not encrypted",
        (sourced("{a: {file: a.key}}"), Edit("stacks/web/a.key", "", "sops\n")),
        Expected(WEB, "secrets:", AT + "secrets.a.file", "a.key", "a file that SOPS has encrypted"),
    ),
    case(
        "secret's YAML that only speaks of SOPS",
        (sourced("{a: {file: a.yaml}}"), Edit("stacks/web/a.yaml", "", "sops:\n  mac: none\n")),
        Expected(WEB, "secrets:", AT + "secrets.a.file", "a.yaml", "a file that SOPS has encrypted"),
    ),
    case(
        "config of a file that is too large",
        (sourced("{a: {setting: x}}", "{c: {file: c.txt}}"), Edit("stacks/web/c.txt", "", "x" * 512000)),
        Expected(WEB, "configs:", AT + "configs.c.file", "c.txt", "1 to 511999 bytes"),
    ),
    case(
        "config of an empty file",
        (
            Edit(WEB_COMPOSE, "{c: {}}", "{c: {file: ./c.txt}}"),
            Edit("stacks/web/c.txt", "", "\n"),
            Edit("stacks/web/c.txt", "\n", ""),
            Edit(WEB, HERE, f"    secrets: {{a: {{setting: x}}}}\n{HERE}"),
        ),
        Expected(WEB_COMPOSE, "configs:", "configs.c.file", "c.txt", "it has 0"),
    ),
    case(
        "secret whose name is too long",
        (Edit(WEB_COMPOSE, "{a: {}}", f"{{a: {{name: {'x' * 52}}}}}"), sourced("{a: {setting: x}}")),
        Expected(WEB, "secrets:", AT + "secrets.a", "setting", "the engine takes no secret xxx"),
    ),
    case(
        "secret of a certificate's name",
        (Edit(WEB_COMPOSE, "{a: {}}", "{a: {name: portainer_tls_cert}}"), sourced("{a: {setting: x}}")),
        Expected(WEB, "secrets:", AT + "secrets.a", "setting", f"{CERTIFICATES}:"),
    ),
    case(
        "one name that two stacks give different values",
        (
            Edit(WEB_COMPOSE, "{a: {}}", "{a: {name: shared}}"),
            sourced("{a: {setting: x}}"),
            Edit(PORTAINER_COMPOSE, "secrets:\n", "secrets:\n  s: {name: shared}\n"),
            Edit(PORTAINER, "production: {}", "production: &both\n    secrets: {s: {setting: other}}"),
            Edit(PORTAINER, "testing: {}", "testing: *both"),
        ),
        Expected(WEB, "secrets:", AT + "secrets.a", "setting", f"{PORTAINER}:5 makes shared of something else"),
    ),
    case(
        "one name that two stacks give one value is no problem",
        (
            Edit(WEB_COMPOSE, "{a: {}}", "{a: {name: shared}}"),
            sourced("{a: {setting: x}}"),
            Edit(PORTAINER_COMPOSE, "secrets:\n", "secrets:\n  s: {name: shared}\n"),
            Edit(PORTAINER, "production: {}", "production: &both\n    secrets: {s: {setting: x}}"),
            Edit(PORTAINER, "testing: {}", "testing: *both"),
        ),
    ),
    case(
        "secret and config that another stack makes are no problem",
        (
            Edit(WEB_COMPOSE, "{a: {}}", "{a: {name: shared}}"),
            Edit(WEB_COMPOSE, "{c: {}}", "{c: {name: shared}}"),
            sourced("{a: {setting: x}}"),
            Edit(PORTAINER_COMPOSE, "secrets:\n", "configs: {s: {external: {name: shared}}}\nsecrets:\n"),
            Edit(PORTAINER_COMPOSE, "secrets:\n", "secrets:\n  shared: {external: true}\n"),
        ),
    ),
    one(
        "configs of one name and two contents",
        Edit(
            WEB_COMPOSE,
            "services:",
            "configs: {c: {name: same, file: app.env}, d: {name: same, file: app.env}}\nservices:",
        ),
    ),
    Broken(
        "configs of two stacks of one name and two contents",
        (
            Edit(WEB_COMPOSE, "services:", "configs: {c: {name: same, file: app.env}}\nservices:"),
            Edit(PORTAINER_COMPOSE, "secrets:\n", "configs: {c: {name: same, file: p.txt}}\nsecrets:\n"),
            Edit("stacks/portainer_service/p.txt", "", "p\n"),
        ),
        (Expected(WEB_COMPOSE, "configs:", "configs.c", "same", "makes same of something else"),),
    ),
)
