"""The programs of the SDKs are run, each by the interpreter that has its packages; pytest does not read them."""

collect_ignore_glob = ["python/*", "openmeter/*"]
