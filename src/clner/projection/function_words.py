"""Words that stand beside a name without being part of it, by language.

They are the articles, the commonest prepositions and conjunctions, what both melt into (es del,
de zum), and possessives: words of the closed classes DET, ADP, CCONJ and PART of Universal
Dependencies (https://universaldependencies.org/u/pos/), written down from the languages' grammars.
Lower case; a straight apostrophe stands for a typographic one too. Where a clitic is written
together with the name (Arabic and Hebrew articles and conjunctions, Turkish and Korean cases) no
word can be cut off, so such languages have few words here or none. Neither can one where a token
is a single character and the words are longer (Thai ของ, of).
"""

# On either side of a name.
_AROUND = {
    "ar": "في من إلى على عن مع أو ثم",
    "bg": "в във на от до за с със по при под над между и или",
    "ca": "el la els les l' un una uns unes de d' del dels a al als en i o per pel pels amb sense "
    "sobre entre des fins",
    "cs": "v ve z ze s se k ke na do od o u po pro při pod nad před za a i nebo",
    "da": "en et den det de i på af for fra til med om ved hos over under mellem og eller",
    "de": "der die das des dem den ein eine einer eines einem einen am an ans auf aus bei beim "
    "bis durch für gegen im in ins mit nach oder ohne über um und unter vom von vor zu zum zur "
    "zwischen",
    "el": "ο η το οι τα του της των τον την τη τους τις ένας μια μία ένα σε στο στη στην στον "
    "στους στις στα από για με και ή",
    "en": "the a an and or of in on at to for from by with between under over",
    "es": "el la los las un una unos unas lo al del de a en y e o u por para con sin sobre entre "
    "desde hasta hacia su sus",
    "fr": "le la les l' un une des du de d' au aux à en et ou par pour avec sans sur sous entre "
    "dans chez",
    "he": "של את על עם או אצל עבור נגד ללא לפני אחרי שלו שלה שלהם",
    "hu": "a az egy és vagy",
    "id": "di ke dari pada dan atau yang untuk dengan oleh para sang si",
    "it": "il lo la i gli le l' un uno una un' di a da in con su per tra fra e ed o del dello "
    "della dei degli delle dell' al allo alla ai agli alle all' dal dalla dai dalle nel nella nei "
    "nelle nell' sul sulla sui sulle",
    "ko": "및 또는",
    "nl": "de het een 't van in op aan te ten ter tot voor met door bij naar uit over onder tussen "
    "en of",
    "no": "en ei et den det de i på av for fra til med om ved hos over under mellom og eller",
    "pl": "w we z ze na do od dla o u po przez przy pod nad przed za i oraz lub albo",
    "pt": "o a os as um uma uns umas de do da dos das em no na nos nas ao à aos às por pelo pela "
    "para com sem sobre entre e ou",
    "ro": "de din la în pe cu pentru prin fără între un o unui unei al a ai ale lui și sau",
    "ru": "в во на с со к ко о об от из за по под над у и или для при между",
    "sk": "v vo z zo s so k ku na do od o u po pre pri pod nad pred za a i alebo",
    "sv": "en ett den det de i på av för från till med om vid hos över under mellan och eller",
    "sw": "ya wa za la cha vya kwa na katika kwenye au",
    "tr": "ve veya ile",
    "uk": "в у на з із зі до від о об по за під над і й та або для при між про",
}

# After a name only: case particles, postpositions, the possessive. Names do begin with some of
# these characters (的黎波里, Tripoli).
_BEHIND = {
    "en": "'s ' s",
    "hi": "का की के ने को में से पर तक और या",
    "ja": "は が を に の へ と で も や から まで より",
    "tr": "için gibi kadar göre",
    "zh": "的 是 在 和 与 了 等",
}

# Common nouns are written with a capital too.
CAPITALISED_NOUNS = frozenset(("de", "lb"))


def before(language: str) -> frozenset[str]:
    """Words that may stand right before a name; empty for a language that has no table."""
    return frozenset(_AROUND.get(language, "").split())


def after(language: str) -> frozenset[str]:
    """Words that may stand right after a name; empty for a language that has no table."""
    return before(language) | frozenset(_BEHIND.get(language, "").split())


def plain(word: str) -> str:
    """`word` as the tables have it."""
    return word.lower().replace("’", "'")
