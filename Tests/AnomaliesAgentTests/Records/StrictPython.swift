/// The judge of `PythonAgreementTests`: Python's `json`, made strict.
///
///     generate SEED COUNT    documents of its own making
///     judge FILE             documents in hexadecimal, one a line
///
/// Each line of the answer is a document in hexadecimal, a tab, and its value or `refuse`. Python's `json` takes more
/// than RFC 8259 allows or the agent wants. Refused beyond what it refuses are: NaN and Infinity, doubles that
/// overflow, half surrogate pairs, bytes that are not UTF-8, and more than 128 containers in one another, where an
/// empty one is not counted.
let strictPython = ##"""
    import json
    import math
    import random
    import struct
    import sys

    sys.set_int_max_str_digits(0)
    sys.setrecursionlimit(10_000)
    DEPTH = 128


    def notation(value, depth=0):
        if value is None:
            return "n"
        if isinstance(value, bool):
            return "t" if value else "f"
        if isinstance(value, int):
            return f"i{value}"
        if isinstance(value, float):
            if not math.isfinite(value):
                raise ValueError("overflow")
            return "d%x" % struct.unpack(">Q", struct.pack(">d", value))[0]
        if isinstance(value, str):
            return "s" + value.encode("utf-8").hex()
        if value and depth >= DEPTH:
            raise ValueError("depth")
        if isinstance(value, list):
            return "[" + ",".join(notation(item, depth + 1) for item in value) + "]"
        fields = (f"{name.encode('utf-8').hex()}:{notation(item, depth + 1)}" for name, item in value.items())
        return "{" + ",".join(fields) + "}"


    def refuse(name):
        raise ValueError(name)


    def checked(pairs):
        # A field that a later one replaces is checked as well.
        for name, item in pairs:
            notation(name)
            notation(item)
        return dict(pairs)


    def judge(document):
        try:
            text = document.decode("utf-8")
            return notation(json.loads(text, parse_constant=refuse, object_pairs_hook=checked))
        except (ValueError, RecursionError):
            return "refuse"


    NUMBERS = [
        "0", "-0", "1", "-1", "0.0", "-0.0", "1.5", "1e5", "1E+5", "1e-5", "0.1", "1e308", "1e309", "-1e400", "1e-400",
        "5e-324", "2.2250738585072011e-308", "1.7976931348623157e308", "9007199254740993", "9223372036854775807",
        "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551615",
        "18446744073709551616", "0.30000000000000004", "123456789012345678901234567890.5", "1" * 50, "-" + "9" * 330,
    ]
    TOKENS = NUMBERS + [
        "01", "+1", ".5", "1.", "0x10", "1e", "-", "1_0", "NaN", "Infinity", "-Infinity", "nan", "True", "None", "nul",
        "true", "false", "null", '"', "'", "{", "}", "[", "]", ",", ":", "\\", "\\u", "\\ud800",
        "\\udc00", "\\u0000", "/**/", "//", "#", " ", "\t", "\n", "\r", "\v", "\f", "\0", "\x1f", "\x7f", "\ufeff",
        "\u2028", "\xa0", '"a":1', '"":"",',
    ]
    CHARACTERS = [
        '"', "\\", "/", "\b", "\f", "\n", "\r", "\t", "\0", "\x1f", "\x7f", "a", "é", "e\u0301", "€", "\u2028",
        "😀", "{", "]", ",", ":",
    ]


    def text(chance):
        return "".join(chance.choice(CHARACTERS) for _ in range(chance.randrange(6)))


    def quoted(chance):
        return json.dumps(text(chance), ensure_ascii=chance.random() < 0.5)


    def space(chance):
        return chance.choice(["", "", "", " ", "\t", "\r\n"])


    def generated(chance, room):
        kind = chance.random()
        if room > 0 and kind < 0.25:
            items = (generated(chance, room - 1) for _ in range(chance.randrange(5)))
            return "[" + space(chance) + ",".join(items) + space(chance) + "]"
        if room > 0 and kind < 0.6:
            names = [quoted(chance) for _ in range(chance.randrange(6))]
            fields = (space(chance) + name + space(chance) + ":" + generated(chance, room - 1) for name in names)
            return "{" + ",".join(fields) + space(chance) + "}"
        if kind < 0.8:
            if chance.random() < 0.5:
                return chance.choice(NUMBERS)
            return repr(chance.uniform(-1, 1) * 10 ** chance.randint(-300, 300))
        return quoted(chance) if kind < 0.92 else chance.choice(["true", "false", "null"])


    def damaged(chance, document):
        for _ in range(chance.randrange(1, 3)):
            at = chance.randrange(len(document) + 1)
            what = chance.random()
            if what < 0.5:
                document = document[:at] + chance.choice(TOKENS).encode() + document[at:]
            elif what < 0.65:
                document = document[:at] + document[at + 1:]
            elif what < 0.8:
                document = document[:at] + bytes([chance.randrange(256)]) + document[at + 1:]
            elif what < 0.9:
                document = document[:at]
            else:
                document = document + chance.choice(TOKENS).encode()
        return document


    def generate(seed, count):
        chance = random.Random(seed)
        for number in range(count):
            document = generated(chance, 4)
            if number % 50 == 0:
                depth = chance.randrange(120, 136)
                opening, closing = chance.choice([("[", "]"), ('{"a":', "}"), ('[{"a":', "}]")])
                document = opening * (depth // len(closing))
                document += chance.choice(["1", "[]", "{}", ""]) + closing * (len(document) // len(opening))
            document = document.encode()
            yield document if chance.random() < 0.5 else damaged(chance, document)


    def main():
        if sys.argv[1] == "generate":
            documents = generate(int(sys.argv[2]), int(sys.argv[3]))
        else:
            with open(sys.argv[2]) as file:
                documents = [bytes.fromhex(line) for line in file.read().split("\n")]
        for document in documents:
            print(document.hex(), judge(document), sep="\t")


    main()
    """##
