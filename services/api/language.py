"""Which language to answer in."""

from schemas.sentences import Language


def preferred(accept_language: str) -> Language:
    """The language of ours that an Accept-Language header likes best; English where it names none of them.

    >>> preferred("fr;q=0.9, ja-JP;q=0.8, en;q=0.7")
    <Language.JA: 'ja'>
    >>> preferred("*")
    <Language.EN: 'en'>
    """
    liking = dict.fromkeys(Language, 0.0)
    for choice in accept_language.split(","):
        tag, _, parameter = choice.strip().partition(";")
        name = tag.strip().lower().partition("-")[0]
        if name in liking:
            language = Language(name)
            liking[language] = max(liking[language], _quality(parameter))
    return max(Language, key=liking.__getitem__)  # the first of equals: English


def _quality(parameter: str) -> float:
    name, _, value = parameter.partition("=")
    if name.strip() != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:  # a header we do not understand is no reason not to answer
        return 0.0
