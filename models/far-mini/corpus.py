"""Turns the hand-written files of corpus/ into an endless, seeded stream of varied conversations."""

from __future__ import annotations

import json
import random
import re
import string
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
CORPUS = HERE / "corpus"
EVAL = HERE / "eval"
PROPER = {
    "i": "I", "gpu": "GPU", "gpus": "GPUs", "far labs": "Far Labs", "openai": "OpenAI", "api": "API", "vcu": "VCU",
    "usd": "USD", "nat": "NAT", "$far": "$FAR", "cli": "CLI", "sdk": "SDK", "sdks": "SDKs", "vram": "VRAM", "apy": "APY",
    "ollama": "Ollama", "python": "Python", "fartwin": "FarTwin", "gamed": "GameD", "desci": "DeSci", "i'd": "I'd",
    "i'm": "I'm", "paris": "Paris", "france": "France", "google": "Google", "ip": "IP", "json": "JSON", "cpu": "CPU",
}
STOP_WORDS = set(
    "a an the do does is are i can could would to of for in on my me you it that this please and so will be with".split()
)
NEIGHBOURS = {
    "a": "sq", "b": "vn", "c": "xv", "d": "sf", "e": "wr", "f": "dg", "g": "fh", "h": "gj", "i": "uo", "j": "hk", "k": "jl",
    "l": "k", "m": "n", "n": "bm", "o": "ip", "p": "o", "q": "wa", "r": "et", "s": "ad", "t": "ry", "u": "yi", "v": "cb",
    "w": "qe", "x": "zc", "y": "tu", "z": "x",
}


STARTS = (
    "how do i|how can i|how to|how|what is|what is the|what are|what|what about|which|can i|could i|can you|do i|do you|does it|is|are|is there|are there|"
    "when|where|where do i|why|who|i want to|i need|i have|i have a question on|tell me about|explain|what happens if|if|my|how much|how many|how long|will|"
    "can somebody|does anyone|what's|what if|how does|how is|how are|should i|must i|do you have|is it possible to|give me|show me|any"
).split("|")
BETWEEN = (
    "the|a|my|for|with|to|of|in|on|is|are|do|i|it|and|your|from|by|at|an|some|this|that|here|will|get|gets|be|does|their|you|we|one|when|if|as|so|really|"
    "actually|have|has|any|its|into|per|me|there|was|far labs|on far labs|the network"
).split("|")


COMMON = (
    "far-labs far-labs far-labs far-mini far-mini-price join join join join-token split split split prices how-it-works models privacy receipts staking "
    "failover far-token far-up operator builder holder vcu deposit withdraw verify openai score escrow exit context hello thanks who-are-you help payout "
    "hardware no-gpu first-call"
).split()
FREE_UNKNOWN, PLAIN = 0.34, 0.06
UNKNOWN, CAUTIOUS_UNKNOWN, GARBLED = 0.27, 0.42, 0.3


@dataclass
class Fact:
    """One thing the model knows, the ways to ask for it, and its answers."""

    id: str
    names: list[str] = field(default_factory=list)
    doings: list[str] = field(default_factory=list)
    questions: list[str] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    keys: list[list[str]] = field(default_factory=list)
    kind: str = "fact"
    same: str = ""
    keywords: list[list[list[str]]] = field(default_factory=list)


def split_items(text: str, separator: str) -> list[str]:
    return [item.strip() for item in text.split(separator) if item.strip()]


def read_facts(path: Path, kind: str) -> list[Fact]:
    """Reads one block per fact; refuses a fact without id, answers or questions."""
    facts = []
    for block in path.read_text().split("\n\n"):
        fact = Fact(id="", kind=kind)
        for line in block.splitlines():
            if line.startswith("#") or not line.strip():
                continue
            tag, _, value = line.partition(": ")
            if tag == "id":
                fact.id = value.strip()
            elif tag == "k":
                fact.keys = [split_items(group.lower(), "|") for group in value.split("&")]
            elif tag == "n":
                fact.names += split_items(value, " ; ")
            elif tag == "v":
                fact.doings += split_items(value, " ; ")
            elif tag == "q":
                fact.questions.append(value.strip())
            elif tag == "a":
                fact.answers.append(value.strip().replace("\\n", "\n"))
            elif tag == "as":
                fact.same = value.strip()
            else:
                raise ValueError(f"{path.name}: unknown tag in {line!r}")
        if not fact.id:
            continue
        if kind != "more" and not (fact.questions or fact.names):
            raise ValueError(f"{path.name}: {fact.id} lacks questions")
        facts.append(fact)
    return facts


def holds_keys(text: str, keys: list[list[str]]) -> bool:
    lowered = text.lower()
    return all(any(option in lowered for option in group) for group in keys)


def read_sections(path: Path) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    current: list[str] = []
    for line in path.read_text().splitlines():
        if line.startswith("[") and line.endswith("]"):
            current = sections.setdefault(line[1:-1], [])
        elif line.strip() and not line.startswith("# "):
            current.append(line.strip())
    return sections


def normalise(question: str) -> str:
    """The form in which held-back and generated questions are compared."""
    return re.sub(r"[^a-z0-9$ ]+", "", question.lower()).strip()


def held_back() -> set[str]:
    """Every question of eval/*.jsonl; none of them may be generated."""
    found = set()
    for path in sorted(EVAL.glob("*.jsonl")):
        for line in path.read_text().splitlines():
            if line.strip():
                found.add(normalise(json.loads(line)["q"]))
    return found


INNERMOST = re.compile(r"\{([^{}]*)\}")


def expand(template: str, rng: random.Random) -> str:
    """Picks one alternative in each {a|b}, innermost first."""
    text = template
    while True:
        match = INNERMOST.search(text)
        if match is None:
            return re.sub(r"\s+", " ", text).strip()
        text = text[: match.start()] + rng.choice(match.group(1).split("|")) + text[match.end() :]


class Corpus:
    """Draws samples; the same random generator state gives the same sample."""

    def __init__(self) -> None:
        self.facts = read_facts(CORPUS / "facts.txt", "fact")
        self.talk = read_facts(CORPUS / "small-talk.txt", "talk")
        self.long = read_facts(CORPUS / "long.txt", "long")
        known = {fact.id: fact for fact in self.facts + self.talk + self.long}
        for extra in read_facts(CORPUS / "more.txt", "more"):
            fact = known[extra.id]
            fact.names += extra.names
            fact.doings += extra.doings
            fact.questions += extra.questions
        for fact in known.values():
            if fact.same:
                fact.answers = known[fact.same].answers
            for answer in fact.answers:
                if not holds_keys(answer, fact.keys):
                    raise ValueError(f"an answer of {fact.id} lacks its own keys")
        self.plain = [
            (question, known[name].answers[0])
            for name, _, question in (line.partition(": ") for line in (CORPUS / "common.txt").read_text().splitlines())
            if question and name in known
        ]
        self.unanswered = [fact for fact in self.facts if not fact.answers]
        self.facts = [fact for fact in self.facts if fact.answers]
        for line in (CORPUS / "keywords.txt").read_text().splitlines():
            if line.strip() and not line.startswith("# "):
                name, _, combination = line.partition(": ")
                known[name].keywords.append([split_items(group, "|") for group in combination.split(" ; ")])
        words = read_sections(CORPUS / "words.txt")
        self.name_frames = words["name frames"]
        self.doing_frames = words["doing frames"]
        self.openers = words["openers"]
        self.enders = words["enders"]
        self.scope_enders = words["scope enders"]
        self.systems = words["systems"]
        self.neutral = split_items(" ".join(words["neutral"]), "|")
        self.swaps = {}
        for line in words["swaps"]:
            source, _, targets = line.partition(" = ")
            self.swaps.setdefault(source, []).extend(split_items(targets, "|"))
        self.swap_pattern = re.compile(
            r"\b(" + "|".join(re.escape(key) for key in sorted(self.swaps, key=len, reverse=True)) + r")\b"
        )
        unknown = read_sections(CORPUS / "unknown.txt")
        self.unknown_answers = unknown["answers"]
        self.unknown = unknown
        self.lists = {
            name: split_items(" ".join(unknown[name]), "|") for name in ("digit", "country", "city", "person", "animal", "food")
        }
        self.lists["thing"] = unknown["things"]
        self.strays = sorted({word for text in unknown["things"] + unknown["doings"] for word in text.split() if len(word) > 3})
        self.common = [known[name] for name in COMMON]
        self.common_share = 0.0
        self.reserved = held_back()
        ids = [fact.id for fact in self.facts + self.talk + self.long]
        if len(ids) != len(set(ids)):
            raise ValueError("two facts share an id")

    # -- questions -------------------------------------------------------

    def fact_question(self, fact: Fact, rng: random.Random) -> str:
        pools = []
        if fact.names:
            pools += ["name"] * 3
        if fact.doings:
            pools += ["doing"] * 4
        if fact.questions:
            pools += ["whole"] * 4
        pool = rng.choice(pools)
        if pool == "name":
            return rng.choice(self.name_frames).replace("N", rng.choice(fact.names))
        if pool == "doing":
            return rng.choice(self.doing_frames).replace("V", rng.choice(fact.doings))
        return expand(rng.choice(fact.questions), rng)

    def keyword_question(self, fact: Fact, rng: random.Random) -> str:
        """One word of each group, in any order, with little words before and between."""
        groups = list(rng.choice(fact.keywords))
        if rng.random() < 0.35:
            rng.shuffle(groups)
        words = [rng.choice(STARTS)] if rng.random() < 0.65 else []
        for group in groups:
            if rng.random() < 0.4:
                words.append(rng.choice(BETWEEN))
            words.append(rng.choice(group))
        if rng.random() < 0.12:
            words.append(rng.choice(self.strays))
        return " ".join(words)

    def padded(self, text: str, rng: random.Random) -> str:
        """Puts in everyday words that say nothing about the topic, alone or in a row."""
        words = text.split(" ")
        for _ in range(rng.choice([1, 1, 2, 2, 3, 4])):
            at = rng.choice([0, 0, len(words), rng.randrange(len(words) + 1)])
            words[at:at] = rng.sample(self.neutral, rng.choice([1, 1, 2, 3]))
        return " ".join(words)

    def free_question(self, fact: Fact, rng: random.Random) -> str:
        if fact.keywords and rng.random() < 0.5:
            return self.keyword_question(fact, rng)
        text = self.fact_question(fact, rng)
        if rng.random() < 0.25:
            text = " ".join(word for word in text.split(" ") if word not in STOP_WORDS or rng.random() < 0.3) or text
        if rng.random() < 0.1:
            words = text.split(" ")
            at = rng.randrange(len(words))
            text = " ".join(words[at:] + words[:at])
        return text

    def near_question(self, rng: random.Random) -> str:
        """A question that looks like one in scope and has no answer here."""
        roll = rng.random()
        if roll < 0.35 and self.unanswered:
            return self.fact_question(rng.choice(self.unanswered), rng)
        fact = rng.choice(self.facts)
        name = rng.choice(fact.names) if fact.names else rng.choice(rng.choice(self.facts).keywords or [[["gpu"]]])[0][0]
        if roll < 0.75:
            return self.filled(expand(rng.choice(self.unknown["near"]), rng), rng).replace("N", name)
        words = self.keyword_question(fact, rng).split(" ") if fact.keywords else [name]
        other = self.unknown_question(rng).split(" ")
        kept = max(1, len(words) // 3)
        return " ".join(rng.sample(words, kept) + other) if rng.random() < 0.5 else " ".join(other + rng.sample(words, kept))

    def unknown_question(self, rng: random.Random) -> str:
        roll = rng.random()
        if roll < 0.22:
            text = rng.choice(self.name_frames).replace("N", rng.choice(self.unknown["things"]))
        elif roll < 0.40:
            text = rng.choice(self.doing_frames).replace("V", rng.choice(self.unknown["doings"]))
        elif roll < 0.45:
            text = rng.choice(self.name_frames).replace("N", self.filler("nonsense", rng))
        else:
            text = expand(rng.choice(self.unknown["questions"]), rng)
        return self.filled(text, rng)

    def garbled_question(self, rng: random.Random) -> str:
        """A question of which too little is left to tell what it was: the model must not guess."""
        words = self.fact_question(rng.choice(self.facts), rng).split(" ")
        while len(words) < 4:
            words.append(self.filler("nonsense", rng))
        kept = [
            word if rng.random() < 0.25 or word in STOP_WORDS else rng.choice([rng.choice(self.strays), self.filler("nonsense", rng)])
            for word in words
        ]
        return " ".join(kept)

    def filler(self, name: str, rng: random.Random) -> str:
        if name == "nonsense":
            syllables = ["".join((rng.choice("bcdfghklmnprstvwz"), rng.choice("aeiou"), rng.choice(["", "", "n", "r", "x", "t"])))
                         for _ in range(rng.randint(1, 3))]
            return "".join(syllables)
        return rng.choice(self.lists[name])

    def vary(self, question: str, rng: random.Random, in_scope: bool) -> str:
        """Says the same otherwise: synonyms, openers, dropped words, case, punctuation, misspellings."""
        text = question
        if rng.random() < 0.6:
            share = rng.choice([0.2, 0.4, 0.7])
            text = self.swap_pattern.sub(
                lambda match: rng.choice(self.swaps[match.group(1)]) if rng.random() < share else match.group(1), text
            )
        if rng.random() < 0.25:
            text = drop_words(text, rng)
        if in_scope and rng.random() < 0.12:
            text = self.stray_word(text, rng)
        if rng.random() < 0.3:
            text = f"{self.filled(rng.choice(self.openers), rng)} {text}"
        if rng.random() < 0.2:
            enders = self.scope_enders if in_scope and rng.random() < 0.35 else self.enders
            text = f"{text} {self.filled(rng.choice(enders), rng)}"
        return noise(text, rng)

    def stray_word(self, text: str, rng: random.Random) -> str:
        """Puts in or swaps in one foreign word: a question with an unfamiliar word may still be in scope."""
        words = text.split(" ")
        if len(words) < 4:
            return text
        at = rng.randrange(len(words) + 1)
        gone = 1 if at < len(words) and words[at] in STOP_WORDS else 0
        return " ".join(words[:at] + [rng.choice(self.strays)] + words[at + gone :])

    def filled(self, text: str, rng: random.Random) -> str:
        return re.sub(r"<(\w+)>", lambda match: self.filler(match.group(1), rng), text)

    # -- conversations ---------------------------------------------------

    def pair(
        self, rng: random.Random, long_share: float = 0.05, varied: float = 0.9, cautious: bool = False
    ) -> tuple[str, str]:
        """One question and its answer; when cautious, more questions are unknown, and some of them only look familiar."""
        unknown = CAUTIOUS_UNKNOWN if cautious else UNKNOWN
        while True:
            roll = rng.random()
            if roll < unknown:
                garbled = cautious and rng.random() < GARBLED
                question = self.garbled_question(rng) if garbled else self.unknown_question(rng)
                answer, in_scope = rng.choice(self.unknown_answers), False
            else:
                if roll < unknown + long_share:
                    fact = rng.choice(self.long)
                elif roll < unknown + 0.07 + long_share:
                    fact = rng.choice(self.talk)
                else:
                    common = self.common_share > 0 and rng.random() < self.common_share
                    fact = rng.choice(self.common if common else self.facts)
                question, answer, in_scope = self.fact_question(fact, rng), rng.choice(fact.answers), fact.kind == "fact"
            text = self.vary(question, rng, in_scope) if rng.random() < varied else question
            if normalise(text) not in self.reserved and text:
                return text, answer

    def free_pair(self, rng: random.Random, long_share: float) -> tuple[str, str]:
        """For refine.py: more ways to word a question, and more unknown questions that look like known ones."""
        while True:
            roll = rng.random()
            if roll < FREE_UNKNOWN:
                kind = rng.random()
                in_scope, answer = False, rng.choice(self.unknown_answers)
                if kind < 0.40:
                    question = self.unknown_question(rng)
                elif kind < 0.47:
                    question = self.padded(rng.choice(self.neutral), rng)
                elif kind < 0.75:
                    question = self.near_question(rng)
                else:
                    question = self.garbled_question(rng)
            else:
                if roll > 1 - PLAIN:
                    question, answer = rng.choice(self.plain)
                    return (question if rng.random() < 0.5 else noise(question.lower().rstrip("?"), rng)), answer
                if roll < FREE_UNKNOWN + long_share:
                    fact = rng.choice(self.long)
                elif roll < FREE_UNKNOWN + long_share + 0.06:
                    fact = rng.choice(self.talk)
                else:
                    fact = rng.choice(self.common if rng.random() < 0.15 else self.facts)
                question, answer, in_scope = self.free_question(fact, rng), rng.choice(fact.answers), fact.kind == "fact"
            if rng.random() < 0.4:
                question = self.padded(question, rng)
            text = self.vary(question, rng, in_scope) if rng.random() < 0.85 else question
            if text and normalise(text) not in self.reserved:
                return text, answer

    def free_conversation(self, rng: random.Random) -> list[dict[str, str]]:
        messages = [{"role": "system", "content": rng.choice(self.systems)}] if rng.random() < 0.1 else []
        for _ in range(1 if rng.random() < 0.95 else 2):
            question, answer = self.free_pair(rng, 0.03)
            messages += [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]
        return messages

    def conversation(self, rng: random.Random, varied: float = 0.9, cautious: bool = False) -> list[dict[str, str]]:
        messages = []
        if rng.random() < 0.2:
            messages.append({"role": "system", "content": rng.choice(self.systems)})
        turns = 1 if rng.random() < 0.93 else rng.randint(2, 4)
        for turn in range(turns):
            question, answer = self.pair(rng, 0.04 if turn == 0 else 0.01, varied, cautious)
            messages.append({"role": "user", "content": question})
            messages.append({"role": "assistant", "content": answer})
        return messages

    def answers(self) -> list[str]:
        known = [answer for fact in self.facts + self.talk + self.long for answer in fact.answers]
        return known + self.unknown_answers

    def key_table(self) -> dict[str, list[list[str]]]:
        return {fact.id: fact.keys for fact in self.facts + self.talk + self.long if fact.answers}


def drop_words(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    kept = [word for word in words if word not in STOP_WORDS or rng.random() < 0.5]
    return " ".join(kept) if len(kept) >= 2 else text


def proper_case(text: str) -> str:
    cased = text
    for low, high in PROPER.items():
        cased = re.sub(rf"(?<![\w$]){re.escape(low)}(?!\w)", lambda _: high, cased)
    return cased[:1].upper() + cased[1:]


def noise(question: str, rng: random.Random) -> str:
    text = question
    if rng.random() < 0.3:
        for _ in range(rng.choice([1, 1, 2, 3])):
            text = misspell(text, rng)
    roll = rng.random()
    if roll < 0.5:
        text = proper_case(text)
    elif roll < 0.53:
        text = text.upper()
    elif roll < 0.6:
        text = text[:1].upper() + text[1:]
    if text[-1:] not in string.punctuation:
        text += rng.choices(["?", "", ".", "??", " ?", "!"], [58, 32, 5, 2, 2, 1])[0]
    return text


def misspell(text: str, rng: random.Random) -> str:
    places = [index for index, letter in enumerate(text) if letter.isalpha()]
    if len(places) < 4:
        return text
    at = rng.choice(places)
    letter = text[at].lower()
    way = rng.randrange(4)
    if way == 0:
        return text[:at] + text[at + 1 :]
    if way == 1:
        return text[:at] + letter + text[at:]
    if way == 2 and at + 1 < len(text) and text[at + 1].isalpha():
        return text[:at] + text[at + 1] + text[at] + text[at + 2 :]
    return text[:at] + rng.choice(NEIGHBOURS.get(letter, "e")) + text[at + 1 :]
