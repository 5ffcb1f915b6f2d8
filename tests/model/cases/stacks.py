"""Stacks and the guests that list them."""

from tests.model.broken import MANAGER, PORTAINER, WEB, WORKER, Edit, Expected, one

CASES = (
    one(
        "stack without a folder",
        Edit(WORKER, "docker_stacks: [web]", "docker_stacks: [web, shop]"),
        Expected(WORKER, "docker_stacks", "docker_stacks[1]", "shop", "portainer_service, web"),
    ),
    one(
        "stack that two guests list",
        Edit(WORKER, "docker_stacks: [web]", "docker_stacks: [web, portainer_service]"),
        Expected(WORKER, "docker_stacks", "docker_stacks[1]", "portainer_service", "a stack once"),
    ),
    one(
        "stack for a guest without a Swarm role",
        Edit(WORKER, "swarm: {role: worker}\nportainer: {role: agent, environment: worker}\n", ""),
        Expected(WORKER, "docker_stacks", "docker_stacks", "web", "only with a role in the Swarm"),
        Expected(WORKER, "docker_stacks", "docker_stacks[0]", "web", "Portainer deploys it through an agent"),
    ),
    one(
        "agent outside the Swarm",
        Edit(WORKER, "swarm: {role: worker}\n", ""),
        Expected(WORKER, "docker_stacks", "docker_stacks", "web", "only with a role in the Swarm"),
        Expected(WORKER, "portainer", "portainer.role", "agent", "a member of the Swarm"),
    ),
    one(
        "environment that a stack lacks",
        Edit(WEB, "description: A web", "description: The web"),
        Expected(WEB, "environments", "environments", "testing", "one of the stack's: production"),
        environment="testing",
    ),
    one(
        "environment called prod",
        Edit(PORTAINER, "  production: {}", "  prod: {}"),
        Expected(PORTAINER, "environments", "environments", "production", "one of the stack's: prod, testing"),
    ),
    one(
        "stack of Portainer on a guest without an agent",
        Edit(MANAGER, "docker_stacks: [portainer_service]", "docker_stacks: [portainer_service, web]"),
        Expected(MANAGER, "docker_stacks", "docker_stacks[1]", "web", "Portainer deploys it through an agent"),
        Expected(WORKER, "docker_stacks", "docker_stacks[0]", "web", "a stack once"),
    ),
)
