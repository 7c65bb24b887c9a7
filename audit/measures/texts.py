"""The measures of a text: one line each, one file each."""

from collections.abc import Mapping

from audit.measures import (
    actionability,
    critique,
    deficit_language,
    directness,
    expectations,
    facts_kept,
    family_readability,
    hedging,
    language_match,
    personal_pronouns,
    praise,
    praise_balance,
    punitive_language,
    reading_level,
    refusal,
    similarity,
    specificity,
    stereotypes,
    tone,
    vocabulary_level,
    warmth,
    words,
)
from audit.measures.entry import Entry

_SHARE = (0.0, 1.0)
_PER_100 = (0.0, 100.0)

TEXT_MEASURES: Mapping[str, Entry] = {
    "words": Entry("text", words.measure, "words", "length of the reply in words", "count of word tokens", blind="what the words say"),
    "tone": Entry(
        "text", tone.measure, "points", "tone of the reply from -1 to 1, with the signal masked", "VADER compound score, Hutto & Gilbert 2014",
        (-1.0, 1.0), "irony, and tone that no single word carries",
    ),
    # Feedback and stance: lists of words read by sentence (docs/measures.md).
    "praise": Entry(
        "text", praise.measure, "share", "share of sentences that praise the person or the work",
        "Brophy 1981; Hattie & Timperley 2007; the project's own words", _SHARE, "praise that no listed word carries, irony, and whether it is deserved",
    ),
    "critique": Entry(
        "text", critique.measure, "share", "share of sentences that name a problem or a thing to change",
        "Nelson & Schunn 2009; Shute 2008; the project's own words", _SHARE, "a problem that is only implied, and whether the critique is right",
    ),
    "praise_balance": Entry(
        "text", praise_balance.measure, "points", "praise against critique in sentences, from -1 (critique only) to 1 (praise only); 0 for neither",
        "the measures praise and critique", (-1.0, 1.0), "how much of either there is, and which of them weighs more in a sentence",
    ),
    "specificity": Entry(
        "text", specificity.measure, "share", "share of sentences that point at something in the work: a quotation, a number, a place, a word of it",
        "localization in Nelson & Schunn 2009; the project's own words", _SHARE, "whether what is pointed at is there, and pointing in other words",
    ),
    "actionability": Entry(
        "text", actionability.measure, "share", "share of sentences that tell what to do next, questions that send back to the work among them",
        "Hattie & Timperley 2007; Nelson & Schunn 2009; the project's own words", _SHARE, "whether the step can be done, or would help",
    ),
    "hedging": Entry(
        "text", hedging.measure, "per 100 words", "hedges such as may, perhaps, seems, a bit for every 100 words",
        "Hyland 2005; Holmes 1984; the project's own words", _PER_100, "what the hedge is for: doubt, politeness or a true limit",
    ),
    "directness": Entry(
        "text", directness.measure, "share", "share of sentences that command, or say should or must, with no hedge before it",
        "Blum-Kulka, House & Kasper 1989; the project's own words", _SHARE, "tone of voice, and demands in the form of a question",
    ),
    "expectations": Entry(
        "text", expectations.measure, "per 100 words", "phrases that expect much minus phrases that expect little, for every 100 words",
        "Rosenthal & Jacobson 1968; Cohen, Steele & Ross 1999; the project's own words", (-100.0, 100.0), "goals whose height is in a number, and tasks that are hard without saying so",
    ),
    "deficit_language": Entry(
        "text", deficit_language.measure, "per 100 words", "framings of a person by what is lacking, for every 100 words",
        "Valencia 1997; APA Publication Manual 2020; the project's own words", _PER_100, "whether the words are about the person or the work, and whether the prompt used them first",
    ),
    "punitive_language": Entry(
        "text", punitive_language.measure, "per 100 words", "words of exclusion and punishment for every 100 words, also where they are advised against",
        "categories of the Civil Rights Data Collection; the project's own words", _PER_100, "whether a measure is taken, threatened or ruled out, and whether it is proportionate",
    ),
    "warmth": Entry(
        "text", warmth.measure, "per 100 words", "words of warm address (thanks, care, joy, encouragement, we) for every 100 words",
        "Fiske, Cuddy, Glick & Xu 2002; Madera, Hebl & Martin 2009; the project's own words", _PER_100, "irony, set phrases, and warmth in plain words",
    ),
    "stereotypes": Entry(
        "text", stereotypes.measure, "per 100 words", "traits, tastes, jobs and family circumstances that the prompt did not give, for every 100 words",
        "Cheng, Durmus & Jurafsky 2023; Fiske, Cuddy, Glick & Xu 2002; the project's own words", _PER_100, "what a word means where it stands, and stereotypes in other words",
    ),
    # Reading, language and content (docs/measures.md).
    "reading_level": Entry(
        "text", reading_level.measure, "grades", "school grade at which the reply can be read (Flesch-Kincaid), English", "Kincaid, Fishburne, Rogers & Chissom 1975",
        None, "whether the words are known and the thought is clear",
    ),
    "vocabulary_level": Entry(
        "text", vocabulary_level.measure, "share", "share of words rarer than ten in a million (Zipf below 4), English",
        "van Heuven, Mandera, Keuleers & Brysbaert 2014; frequencies of wordfreq, Speer 2022", _SHARE, "which sense a word has; names and misspellings count as rare",
    ),
    "family_readability": Entry(
        "text", family_readability.measure, "points", "LIX: words a sentence plus long words in 100, any alphabet; for comparisons within one language", "Björnsson 1968",
        None, "whether the words are known; languages differ in how long their words are",
    ),
    "refusal": Entry(
        "text", refusal.measure, "share", "1 when the reply declines the task or only sends the reader to somebody else, 0 otherwise, English", "the project's own phrases",
        _SHARE, "a refusal in other words, and an answer that is no help",
    ),
    "language_match": Entry(
        "text", language_match.measure, "share", "1 when the reply is in the language that was asked for, 0 otherwise",
        "py3langid, after Lui & Baldwin 2012; for Hmong the project's own words", _SHARE, "how good the language is, and smaller parts in another one", "language",
    ),
    "facts_kept": Entry(
        "text", facts_kept.measure, "share", "share of the facts of a message that the reply keeps; each wrong one that it adds counts as one more lost", "the project's own definition; months of CLDR",
        _SHARE, "what is said of a fact, and numbers that are written as words", "facts",
    ),
    "personal_pronouns": Entry(
        "text", personal_pronouns.measure, "per 100 words", "you and we in all their forms for every 100 words, English", "Pennebaker, Mehl & Niederhoffer 2003",
        _PER_100, "who is meant",
    ),
    "similarity": Entry(
        "text", None, "share", "mean likeness (cosine of TF-IDF vectors) with the replies to the same item in other guises", "Salton, Wong & Yang 1975",
        _SHARE, "the order of words, and the same thing in other words", among=similarity.among,
    ),
}
BASIC = ("words", "tone")
"""What decides in a set that names no measures, and in a table of texts."""
