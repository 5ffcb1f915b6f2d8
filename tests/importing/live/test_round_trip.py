"""What a converged cluster answers becomes a configuration of which the same plan comes."""

from pathlib import Path
from typing import Any

import pytest

from phoenix.importing.live.run import import_live
from phoenix.model import Cluster, load
from phoenix.plan.cluster import plan
from phoenix.plan.every import specs
from phoenix.specs.files import StackFilesSpec
from phoenix.specs.inside import FeatureSpec
from phoenix.specs.spec import Spec
from tests.importing.live.answering import AGENT, CHOICES, DATABASE, answers
from tests.plan.reference import ENVIRONMENTS, reference


def planned(cluster: Cluster) -> dict[str, Spec]:
    return {f"{type(each).__name__} {each}": each for each in specs(plan(cluster, CHOICES))}


def meaning(spec: Spec) -> dict[str, Any]:
    """A spec as plain data, without what counts only when a guest is made, and with names as sets."""
    data = spec.model_dump(mode="json")
    data.pop("source", None) if "vmid" in data else None
    if "sans" in data:
        data["sans"] = sorted({*data["sans"], data["common_name"]})
    if "env" in data:
        data["env"] = {name: "a setting" if isinstance(value, dict) else value for name, value in data["env"].items()}
    return data


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_the_same_plan_comes_of_it(environment: str, tmp_path: Path) -> None:
    cluster = reference(environment)
    report, complete = import_live(answers(cluster), tmp_path, environment)
    before, after = planned(cluster), planned(load(tmp_path / "config", tmp_path / "stacks", environment))
    # copies for people; and features of what is stopped, or that need options
    apart = (StackFilesSpec, FeatureSpec)
    assert {name for name, each in after.items() if not isinstance(each, apart)} == {
        name for name, each in before.items() if not isinstance(each, apart)
    }
    others = {
        name: {
            key: (value, meaning(after[name])[key])
            for key, value in meaning(each).items()
            if value != meaning(after[name])[key]
        }
        for name, each in before.items()
        if name in after and not isinstance(each, StackFilesSpec) and meaning(each) != meaning(after[name])
    }
    assert others == {}
    assert not complete
    assert "the feature vllm was not told" not in report
    told = [report, *(path.read_text() for path in tmp_path.rglob("*") if path.is_file())]
    assert [secret for secret in (AGENT, DATABASE) for text in told if secret in text] == []
    assert "pulumi config set --secret phoenix:thinkheadsAiAppDatabasePass" in report
