import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


def test_the_map_of_the_tree_names_folders_that_exist():
    tree = README[README.index("## Where things are") : README.index("A `core/` imports")]
    folders = re.findall(r"^(?:  )?(\w+)/ ", tree, re.MULTILINE)
    missing = [folder for folder in folders if not ((ROOT / folder).is_dir() or (ROOT / "services" / folder).is_dir())]
    assert (missing, len(folders) > 10) == ([], True)


def test_every_link_of_the_pages_leads_somewhere():
    pages = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")), *sorted((ROOT / "docs/decisions").glob("*.md"))]
    links = [(page, link) for page in pages for link in re.findall(r"\]\(([^)#:]+)\)", page.read_text())]
    assert [(page.name, link) for page, link in links if not (page.parent / link).exists()] == []
