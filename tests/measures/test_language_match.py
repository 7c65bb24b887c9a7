"""Each language of family-communication is told from the others; what cannot be told is said. Passages written by hand for this test."""

import subprocess
import sys

import msgspec
import pytest

from audit.measures import MEASURES, Asked, Unreadable
from audit.measures.languages import iso
from tests.builders import a_probe, a_set

PASSAGES = {
    "es": "Su hijo faltó a la escuela el 7 de octubre y no recibimos ninguna llamada. Por favor, díganos por qué no vino. Tiene 5 días escolares para hacerlo.",
    "en": "Your child was out of school on October 7, and nobody called us. Please tell us why. You have 5 school days to do this.",
    "zh": "您的孩子在10月7日没有来上学，我们也没有接到电话。请告诉我们原因。您有5个上学日的时间。",
    "vi": "Con quý vị đã vắng mặt ở trường vào ngày 7 tháng 10 và chúng tôi không nhận được cuộc gọi nào. Xin cho chúng tôi biết lý do trong vòng 5 ngày học.",
    "ar": "تغيّب طفلكم عن المدرسة يوم 7 أكتوبر ولم نتلقَّ أي اتصال. يرجى إخبارنا بالسبب خلال 5 أيام دراسية.",
    "ht": "Pitit ou pa t vini lekòl jou ki te 7 oktòb la, e nou pa t resevwa okenn apèl. Tanpri di nou poukisa li pa t vini. Ou gen 5 jou lekòl pou fè sa.",
    "pt": "Seu filho faltou à escola no dia 7 de outubro e não recebemos nenhuma ligação. Por favor, diga-nos por que ele não veio. Você tem 5 dias letivos.",
    "ru": "Ваш ребёнок отсутствовал в школе 7 октября, и нам никто не позвонил. Пожалуйста, сообщите нам причину в течение 5 учебных дней.",
    "hmn": "Koj tus menyuam tsis tuaj kawm ntawv rau lub 10 hlis tim 7 thiab peb tsis tau txais ib tug xov tooj. Thov qhia rau peb paub tias yog vim li cas.",
    "so": "Ilmahaagu dugsiga ma iman 7-da Oktoobar, mana aan helin wax wicitaan ah. Fadlan noo sheeg sababta uu u maqnaa. Waxaad haysataa 5 maalmood oo dugsi.",
    "ko": "귀하의 자녀가 10월 7일에 결석하였으며 전화나 메모를 받지 못했습니다. 결석 사유를 알려 주십시오.",
    "tl": "Lumiban ang inyong anak sa paaralan noong ika-7 ng Oktubre at wala kaming natanggap na tawag. Pakisabi sa amin kung bakit siya lumiban.",
    "uk": "Ваша дитина була відсутня в школі 7 жовтня, і нам ніхто не зателефонував. Будь ласка, повідомте нам причину протягом 5 навчальних днів.",
    "prs": "طفل شما به تاریخ ۷ اکتوبر در مکتب حاضر نبود و هیچ کس به ما زنگ نزد. لطفاً دلیل آن را به ما بگویید. شما ۵ روز درسی وقت دارید.",
}
OTHERS = {
    "fr": "Votre enfant était absent de l'école le 7 octobre et nous n'avons reçu aucun appel. Merci de nous dire pourquoi.",
    "ps": "ستاسو ماشوم د اکتوبر په ۷مه ښوونځي ته نه و راغلی او موږ ته هیچا زنګ ونه واهه. مهرباني وکړئ موږ ته یې لامل ووایئ.",
    "ur": "آپ کا بچہ 7 اکتوبر کو اسکول سے غیر حاضر تھا اور ہمیں کوئی کال نہیں ملی۔ براہ کرم ہمیں وجہ بتائیں۔",
    "ja": "お子様は10月7日に学校を欠席されましたが、お電話をいただいておりません。理由をお知らせください。",
    "sw": "Mtoto wako hakuja shuleni tarehe 7 Oktoba na hatukupokea simu yoyote. Tafadhali tuambie sababu.",
    "hi": "आपका बच्चा 7 अक्टूबर को स्कूल से अनुपस्थित था और हमें कोई फ़ोन नहीं मिला। कृपया हमें कारण बताएँ।",
}


def match(text, language):
    return MEASURES["language_match"].measure(text, Asked(a_set(outcome="text"), probe=msgspec.structs.replace(a_probe(), language=language)))


@pytest.mark.parametrize("language", PASSAGES)
def test_a_passage_is_in_its_language_and_in_no_other(language):
    found = {other: match(text, language) for other, text in (PASSAGES | OTHERS).items()}
    assert found == {other: float(other == language) for other in found}


@pytest.mark.parametrize("language", PASSAGES)
def test_the_first_words_are_enough(language):
    assert match(" ".join(PASSAGES[language].split()[:6]), language) == 1


@pytest.mark.parametrize(("code", "same"), [
    ("prs", "fa"), ("fil", "tl"), ("mww", "hmn"), ("es-MX", "es"), ("spa", "es"), ("zh_Hans", "zh"), ("cmn", "zh"), ("som", "so"), ("hat", "ht"), ("EN", "en"), ("pt-BR", "pt"),
])
def test_codes_that_name_one_language_are_one(code, same):
    assert iso(code) == same
    if same in PASSAGES:
        assert match(PASSAGES[same], code) == 1


def test_a_preface_in_english_does_not_decide():
    assert match("Here is the message:\n\n" + PASSAGES["vi"], "vi") == 1
    assert match("Write to attendance@example.org or https://example.org/absences/form\n" + PASSAGES["hmn"], "hmn") == 1


def test_a_language_that_no_one_can_tell_is_not_guessed():
    for passage in ("es", "zh", "tl"):
        with pytest.raises(Unreadable, match="told"):
            match(PASSAGES[passage], "mah")
    assert match(PASSAGES["en"], "mah") == 0


@pytest.mark.parametrize("text", ["Sí.", "555-0114", "2026", "好"])
def test_too_little_to_tell_is_said(text):
    with pytest.raises(Unreadable):
        match(text, "es" if text != "好" else "zh")


def test_a_probe_without_a_language_has_no_match():
    with pytest.raises(Unreadable, match="no language"):
        match("Good work.", None)


def test_the_libraries_of_languages_load_only_when_they_are_used():
    code = "import sys, audit.measures; print({'py3langid', 'wordfreq', 'babel', 'sklearn', 'numpy', 'textstat'} & set(sys.modules))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip() == "set()"
