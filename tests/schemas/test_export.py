"""What is published of the contracts: current, and true to them."""

import json

import pytest
from jsonschema import Draft202012Validator

from schemas.export import GENERATED, documents, main, stale, write
from schemas.topics import TOPICS


def test_the_committed_documents_are_current():
    assert stale(GENERATED) == []


def test_a_document_that_was_edited_removed_or_invented_is_noticed(tmp_path):
    write(tmp_path)
    (tmp_path / "events.v1.schema.json").write_text("{}")
    (tmp_path / "activity.v1.schema.json").unlink()
    (tmp_path / "orphan.json").write_text("{}")

    assert stale(tmp_path) == ["activity.v1.schema.json", "events.v1.schema.json", "orphan.json"]


def test_writing_makes_a_folder_current(tmp_path):
    write(tmp_path)
    (tmp_path / "orphan.json").write_text("{}")
    write(tmp_path)

    assert stale(tmp_path) == []


@pytest.mark.parametrize("name", [name for name in documents() if name.endswith(".schema.json")])
def test_a_schema_is_a_schema(name):
    Draft202012Validator.check_schema(json.loads(documents()[name]))


def test_the_asyncapi_document_has_every_topic_and_no_dangling_reference():
    document = json.loads(documents()["asyncapi.json"])

    assert [channel["address"] for channel in document["channels"].values()] == [topic.name for topic in TOPICS]
    for reference in references(document):
        found = document
        for part in reference.removeprefix("#/").split("/"):
            found = found[part]


def references(node):
    if isinstance(node, dict):
        yield from ([node["$ref"]] if isinstance(node.get("$ref"), str) else [])
        for child in node.values():
            yield from references(child)
    elif isinstance(node, list):
        for child in node:
            yield from references(child)


def test_an_unknown_argument_is_answered_with_the_usage(capsys):
    assert main(["--chek"]) == 2
    assert "usage" in capsys.readouterr().err


def test_the_check_passes_when_everything_is_current():
    assert main(["--check"]) == 0


def test_the_command_writes_what_is_missing_and_the_check_names_it(tmp_path, capsys):
    folder = tmp_path / "generated"
    assert (main(["--check"], folder), capsys.readouterr().err.count("make contracts")) == (1, len(documents()))
    assert (main([], folder), main(["--check"], folder)) == (0, 0)
