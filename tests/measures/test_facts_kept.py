"""Facts looked for by hand in fourteen languages: kept, lost, and changed. All messages are invented."""

import time

import msgspec
import pytest

from audit.measures import MEASURES, Asked, Unreadable
from audit.measures.mentions import meant, normal, search
from audit.measures.months import months
from tests.builders import a_probe, a_set

FACTS = ("March 12", "6:20 p.m.", "$15", "100.4", "5", "555-0114", "12B", "attendance@example.org")
MESSAGE = (
    "Come on March 12 at 6:20 p.m. The trip costs $15. Keep a child with a fever of 100.4 degrees at home. You have 5 school days. Call 555-0114, or send form 12B "
    "to attendance@example.org. Doors open at 8:30 a.m."
)


def kept(reply, language="en", facts=FACTS, message=MESSAGE):
    probe = msgspec.structs.replace(a_probe(message), facts=tuple(facts), language=language)
    return MEASURES["facts_kept"].measure(reply, Asked(a_set(outcome="text"), probe=probe))


END = " 555-0114 12B attendance@example.org"
REPLIES = {
    "en": "Please come on 12 March at 18:20. It costs 15 dollars. Fever of 100.4 degrees? Stay home. You have 5 days." + END,
    "es": "Venga el 12 de marzo a las 6:20 de la tarde. El viaje cuesta 15 dólares. Con fiebre de 100,4 grados, en casa. Tiene 5 días." + END,
    "zh": "请于3月12日下午6:20到校。费用15美元。发烧100.4度请在家。您有5个上学日。电话555-0114,表格12B,attendance@example.org。",
    "vi": "Mời quý vị đến ngày 12 tháng 3 lúc 6 giờ 20 chiều. Chuyến đi tốn 15 đô la. Sốt 100,4 độ thì ở nhà. Quý vị có 5 ngày học." + END,
    "ar": "يرجى الحضور يوم ١٢ مارس الساعة ٦:٢٠ مساءً. تكلفة الرحلة ١٥ دولارًا. حرارة ١٠٠٫٤ درجة. لديكم ٥ أيام دراسية." + END,
    "ht": "Tanpri vini 12 mas a 6:20 p.m. Vwayaj la koute 15 dola. Si gen lafyèv 100.4 degre, rete lakay. Ou gen 5 jou lekòl." + END,
    "pt": "Venha em 12 de março às 18h20. O passeio custa US$ 15. Com febre de 100,4 graus, fique em casa. Você tem 5 dias letivos." + END,
    "ru": "Приходите 12 марта в 18:20. Поездка стоит 15 долларов. При температуре 100,4 градуса оставайтесь дома. У вас есть 5 дней." + END,
    "hmn": "Thov tuaj rau lub 3 hlis tim 12 thaum 6:20 yav tsaus ntuj. Nqi yog $15. Kub 100.4 degree nyob hauv tsev. Koj muaj 5 hnub kawm ntawv." + END,
    "so": "Fadlan kaalay 12-ka Maarso saacadda 6:20 galabnimo. Safarku waa 15 doolar. Qandho 100.4 ah guriga ha joogo. Waxaad haysataa 5 maalmood." + END,
    "ko": "3월 12일 오후 6시 20분에 오십시오. 비용은 15달러입니다. 열이 100.4도이면 집에 있게 하십시오. 수업일 5일 이내입니다." + END,
    "tl": "Pumunta po kayo sa ika-12 ng Marso, 6:20 ng gabi. Ang biyahe ay $15. Kung may lagnat na 100.4, manatili sa bahay. May 5 araw kayo." + END,
    "uk": "Приходьте 12 березня о 18:20. Поїздка коштує 15 доларів. Якщо температура 100,4 градуса, залишайтеся вдома. У вас є 5 днів." + END,
    "prs": "لطفاً به تاریخ ۱۲ مارچ ساعت ۶:۲۰ بعد از ظهر بیایید. هزینه سفر ۱۵ دالر است. تب ۱۰۰٫۴ درجه. شما ۵ روز درسی وقت دارید." + END,
    "fr": "Venez le 12 mars à 18 h 20. La sortie coûte 15 $. Fièvre de 100,4 degrés : restez à la maison. Vous avez 5 jours." + END,
    "de": "Kommen Sie am 12. März um 18.20 Uhr. Die Fahrt kostet 15 Dollar. Bei 100,4 Grad Fieber zu Hause bleiben. Sie haben 5 Tage." + END,
}


@pytest.mark.parametrize("language", REPLIES)
def test_a_faithful_translation_keeps_every_fact(language):
    assert kept(REPLIES[language], language) == 1


@pytest.mark.parametrize("language", REPLIES)
def test_each_fact_that_is_cut_is_one_lost(language):
    reply = REPLIES[language]
    for spelled in ("555-0114", "12B", "attendance@example.org"):
        assert kept(reply.replace(spelled, ""), language) == pytest.approx(7 / 8)
    assert kept(reply.replace("15", "").replace("١٥", "").replace("۱۵", ""), language) == pytest.approx(7 / 8)


@pytest.mark.parametrize("language", REPLIES)
def test_a_changed_time_or_date_is_worse_than_one_left_out(language):
    later = REPLIES[language].replace("20", "40").replace("٢٠", "٤٠").replace("۲۰", "۴۰")
    other = REPLIES[language].replace("12", "13").replace("١٢", "١٣").replace("۱۲", "۱۳").replace("13B", "12B")
    if language == "de":
        assert kept(later, language) == pytest.approx(7 / 8)  # 18.40 may be a number
    else:
        assert kept(later, language) == pytest.approx(7 / 9)
    assert kept(other, language) == pytest.approx(7 / 9)


TIMES = ("Doors open at 8:30 a.m. Call 555-0114.", ("8:30 a.m.", "555-0114"))


@pytest.mark.parametrize(("reply", "value"), [
    ("Doors open at 8:30. Call 555-0114.", 1), ("Doors open at 08:30 h. Call (312) 555-0114.", 1), ("8.30 / 5550114", 1), ("8h30, 555.0114", 1),
    ("Call 555-0114.", 1 / 2), ("Doors open at 9:30. Call 555-0114.", 1 / 3), ("Doors open at 8:30 p.m. Call 555-0114.", 1 / 3), ("Doors open at 20:30. 555-0114", 1 / 3),
    ("Doors open at 8:30. Call 555-0115.", 1 / 3), ("8:30, or by 9:00 or 9:15. 555-0114", 2 / 4), ("18:30, 555-0114", 1 / 3), ("Nothing.", 0),
])
def test_a_wrong_fact_scores_below_a_missing_one(reply, value):
    assert kept(reply, facts=TIMES[1], message=TIMES[0]) == pytest.approx(value)


@pytest.mark.parametrize(("fact", "reply", "found"), [
    ("1,200", "1.200 alumnos", True), ("1,200", "1 200 élèves", True), ("1,200", "1200", True), ("1,200", "12,00", False), ("$4,950", "4.950 dólares", True),
    ("$4,950", "4 950 долларов", True), ("$21.60", "21,60 $", True), ("$15", "15 €", False), ("$15", "15 minutos", False), ("2.4", "2,4 km", True), ("5.0", "5", True),
    ("3", "grupo 13", False), ("3", "3:15", False), ("3", "3/4/2026", False), ("3", "3 días.", True), ("5", "٥", True), ("45", "४५", True), ("60", "６０", True),
    ("March 12", "12/3", True), ("March 12", "3/12/2026", True), ("March 12", "12 mayo", False), ("March 12", "mar 12", False), ("May 5", "el 5 de mayo", True),
    ("May 5", "grade 5 may come", False), ("October 7", "7th of October", True), ("7", "el 7 de octubre", False),
    ("6 p.m.", "18:00", True), ("6 p.m.", "a las 6", True), ("6 p.m.", "6:00 a.m.", False), ("12:30 p.m.", "12:30", True), ("12:10 a.m.", "0:10", True),
    ("B14", "sala B-14", True), ("B14", "B 14", True), ("B14", "AB14", False), ("12B", "表格12B号", True), ("Ms. Ortiz", "la maestra Ms. Ortiz", True), ("Ms. Ortiz", "Ortiz", False),
    ("https://example.org/form", "example.org/form.", True), ("504", "Sección 504", True), ("504", "555-0504", False), ("1", "1. Venga\n2. Traiga", False),
    ("8:15 a.m.", "8時15分", True), ("2:30 p.m.", "下午2点半", True), ("8:15 a.m.", "8 часов 15 минут утра", True), ("45%", "45 por ciento", True),
])
def test_a_fact_is_found_in_other_spellings_and_not_inside_other_facts(fact, reply, found):
    assert (kept(reply, "es", [fact], fact) > 0) == found


def test_short_months_are_read_in_english_only():
    assert kept("Oct. 7", "en", ["October 7"], "October 7") == 1
    assert kept("Mar 7", "es", ["March 7"], "March 7") == 0


def test_may_in_tagalog_is_a_month_or_a_verb_and_never_a_wrong_date():
    assert kept("May 5", "tl", ["May 5"], "May 5") == 1
    assert kept("May 5 araw kayo.", "tl", ["5"], "5 days") == 1


def test_the_same_fact_twice_is_one():
    assert kept("12 de marzo", "es", ("March 12", "March 12"), "March 12") == 1


def test_months_are_those_of_the_language_and_of_english():
    assert {number: name for name, number in months("uk").number.items() if number == 7} == {7: "липень"}
    for language, (name, number) in {"ht": ("septanm", 9), "so": ("oktoobar", 10), "hmn": ("kaum ib hlis", 11), "ar": ("شباط", 2), "prs": ("اپريل", 4), "es": ("october", 10)}.items():
        assert months(language).number[name] == number
    assert months("xx").number["march"] == months(None).number["march"] == 3


def test_a_month_is_read_the_same_whatever_was_read_before():
    """Babel fills in some forms of a month from the language that was asked first."""
    first = dict(months("ar").number)
    for language in ("zh", "es", "ru"):
        months(language)
    months.cache_clear()
    assert months("ar").number == first


def test_what_is_no_fact_of_a_kind_is_its_words():
    assert meant("room 12") is None
    assert meant("March 12") == {("date", (3, 12))}
    assert {kind for kind, _ in search(normal("8:30, 555-0114, $5, 7/8"), "en").any} == {"time", "phone", "amount", "date"}


def test_a_probe_without_facts_and_a_reply_too_long_have_no_value():
    with pytest.raises(Unreadable, match="no facts"):
        kept("Good work.", facts=())
    with pytest.raises(Unreadable, match="too long"):
        kept("a" * 200_001)


def test_many_replies_to_one_message_take_little_time():
    start = time.perf_counter()
    for _ in range(200):
        kept(REPLIES["es"], "es")
    assert time.perf_counter() - start < 2
