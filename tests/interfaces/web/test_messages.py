from postharvest.interfaces.web import messages


def test_no_message_of_the_site_is_untranslated():
    assert {locale: messages.missing(locale) for locale in messages.LOCALES} == {
        "zh_Hans": [],
        "en": [],
    }


def test_the_compiled_catalogues_are_those_of_the_sources():
    for locale in messages.LOCALES:
        path = messages.po_path(locale)
        assert path.read_bytes() == messages.po_bytes(messages.fresh_catalog(locale)), locale
        compiled = path.with_suffix(".mo").read_bytes()
        assert compiled == messages.mo_bytes(messages.read_catalog(locale)), locale


def test_translations_use_the_same_places_as_their_messages():
    for message in messages.read_catalog("zh_Hans"):
        if not message.id:
            continue
        for words in [message.string] if isinstance(message.string, str) else message.string:
            ids = message.id if isinstance(message.id, tuple | list) else (message.id,)
            wanted = set(messages.PLACES.findall(ids[-1]))
            assert set(messages.PLACES.findall(words)) == wanted, message.id
