"""The page in a real browser: Debian's chromium, driven by selenium."""

import base64
import re
import shutil

import pytest

from clner import report
from clner.report import ReportSettings
from tests.small_run import write_run

pytestmark = pytest.mark.slow

CHROMIUM, DRIVER = shutil.which("chromium"), shutil.which("chromedriver")
if not (CHROMIUM and DRIVER):
    pytest.skip("needs Debian's chromium and chromium-driver", allow_module_level=True)
webdriver = pytest.importorskip(
    "selenium.webdriver", reason="needs selenium (pip install -e .[dev])"
)


@pytest.fixture(scope="module")
def address(tmp_path_factory) -> str:
    folder = tmp_path_factory.mktemp("run")
    report.run(ReportSettings(resamples=200), **write_run(folder), output=folder / "report.html")
    return (folder / "report.html").as_uri()


@pytest.fixture(scope="module")
def browser():
    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(DRIVER))
    # Nothing but the file itself: what asks for a network fails, and is logged.
    driver.execute_cdp_cmd("Network.enable", {})
    offline = {"offline": True, "latency": 0, "downloadThroughput": 0, "uploadThroughput": 0}
    driver.execute_cdp_cmd("Network.emulateNetworkConditions", offline)
    yield driver
    driver.quit()


@pytest.fixture
def page(browser, address):
    """The page as loaded anew, at a width of 1280."""
    resize(browser, 1280)
    emulate(browser)
    browser.get(address)
    return browser


def resize(browser, width: int) -> None:
    metrics = {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def emulate(browser, **media: str) -> None:
    features = [{"name": name, "value": value} for name, value in media.items()]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def test_the_console_is_silent(page):
    page.execute_script("document.querySelectorAll('th > button').forEach((one) => one.click())")
    page.execute_script("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.get_log("browser") == []


def test_every_figure_is_seen(page):
    page.execute_script("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    figures = page.execute_script(
        "return [...document.images].map((image) => { const box = image.getBoundingClientRect();"
        " return [image.complete, image.naturalWidth, image.naturalHeight, box.width, box.height,"
        " image.checkVisibility()] })"
    )
    assert len(figures) > 20
    for complete, *sizes, visible in figures:
        assert complete and visible
        assert min(sizes) > 50


def column(page, section: str, number: int) -> list[str]:
    return page.execute_script(
        "return [...document.querySelector(`#${arguments[0]} table`).tBodies[0].rows]"
        ".map((row) => row.cells[arguments[1]].textContent.trim())",
        section,
        number,
    )


def click_header(page, section: str, number: int) -> str:
    """Sort by a column; what the header then says of it."""
    header = page.find_elements("css selector", f"#{section} table th")[number]
    page.execute_script("arguments[0].scrollIntoView({block: 'center'})", header)
    header.find_element("tag name", "button").click()
    return header.get_attribute("aria-sort")


def numbers(texts: list[str]) -> list[float]:
    return [float(text.split()[0].replace(",", "").replace("−", "-")) for text in texts]


def test_numbers_sort_as_numbers_in_both_directions(page):
    before = numbers(column(page, "time-and-memory", 2))
    assert click_header(page, "time-and-memory", 2) == "descending"
    assert numbers(column(page, "time-and-memory", 2)) == sorted(before, reverse=True)
    assert click_header(page, "time-and-memory", 2) == "ascending"
    assert numbers(column(page, "time-and-memory", 2)) == sorted(before)


def test_differences_sort_with_their_signs_and_what_is_none_stays_last(page):
    click_header(page, "leaderboard", 3)
    *shown, last = column(page, "leaderboard", 3)
    assert last == "baseline"
    assert numbers(shown) == sorted(numbers(shown), reverse=True)
    click_header(page, "leaderboard", 3)
    *shown, last = column(page, "leaderboard", 3)
    assert last == "baseline"
    assert numbers(shown) == sorted(numbers(shown))
    assert min(numbers(shown)) < 0 < max(numbers(shown))


def test_words_sort_as_words_and_one_column_only_says_so(page):
    assert click_header(page, "leaderboard", 2) == "descending"
    assert click_header(page, "leaderboard", 0) == "ascending"
    names = column(page, "leaderboard", 0)
    assert names == sorted(names)
    assert len(page.find_elements("css selector", "#leaderboard th[aria-sort]")) == 1


def test_the_average_stays_below_the_pairs(page):
    click_header(page, "languages", 2)
    foot = page.execute_script("return document.querySelector('#languages tfoot').textContent")
    assert "average" in foot
    assert "average" not in column(page, "languages", 0)


def test_headers_are_reached_and_pressed_by_keyboard(page):
    page.execute_script("document.querySelector('#leaderboard th:first-child button').focus()")
    page.switch_to.active_element.send_keys("\ue007")
    header = page.find_element("css selector", "#leaderboard th")
    assert header.get_attribute("aria-sort") == "ascending"


def test_examples_are_filtered_by_facet_and_by_text(page):
    shown = "return [...document.querySelectorAll('.examples li')].filter((li) => !li.hidden)"
    every = page.execute_script(f"{shown}.length")
    page.execute_script(
        "const form = document.querySelector('.facets'); form.elements.error.value = 'missed';"
        "form.dispatchEvent(new Event('input'))"
    )
    kinds = page.execute_script(f"{shown}.map((li) => li.dataset.error)")
    assert 0 < len(kinds) < every
    assert set(kinds) == {"missed"}
    said = page.find_element("css selector", ".facets output").text
    assert said == f"{len(kinds)} shown"
    page.find_element("css selector", ".facets input").send_keys("no sentence says this")
    assert page.execute_script(f"{shown}.length") == 0


@pytest.mark.parametrize("width", [360, 768, 1280])
def test_nothing_reaches_over_the_edge(page, width):
    resize(page, width)
    page.execute_script("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    root = "const root = document.documentElement; return [root.clientWidth, root.scrollWidth]"
    inside, needed = page.execute_script(root)
    assert width - 20 <= inside <= width  # less a bar for scrolling
    assert needed <= inside


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_stands_out_from_its_ground(page, scheme):
    """Contrast as WCAG 2 defines it, at least 4.5, of ink and of quiet text."""
    emulate(page, **{"prefers-color-scheme": scheme})
    style = "return getComputedStyle(document.querySelector(arguments[0]))[arguments[1]]"
    paper = luminance(page.execute_script(style, "body", "backgroundColor"))
    for selector in ("main p", ".kicker", "figcaption", "nav a", "thead button"):
        ink = luminance(page.execute_script(style, selector, "color"))
        light, dark = max(ink, paper), min(ink, paper)
        assert (light + 0.05) / (dark + 0.05) >= 4.5, selector


def luminance(colour: str) -> float:
    parts = [int(value) / 255 for value in re.findall(r"\d+", colour)[:3]]
    linear = [v / 12.92 if v <= 0.04045 else ((v + 0.055) / 1.055) ** 2.4 for v in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_print_opens_what_is_folded_and_cuts_nothing_off(page):
    """In the print style tables are whole; the PDF has pages, more of them than without."""
    page.execute_script(
        "document.querySelectorAll('details').forEach((one) => (one.open = false));"
        "window.opened = null;"
        "addEventListener('beforeprint', () => {"
        " window.opened = document.querySelectorAll('details:not([open])').length })"
    )
    printed = base64.b64decode(page.execute_cdp_cmd("Page.printToPDF", {})["data"])
    assert printed.startswith(b"%PDF")
    assert page.execute_script("return window.opened") == 0
    assert pages(printed) > 5
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    cut = page.execute_script(
        "return [...document.querySelectorAll('.scroll, .examples ol, pre')]"
        ".filter((box) => box.scrollHeight > box.clientHeight + 1).length"
    )
    hidden = page.execute_script("return getComputedStyle(document.querySelector('nav')).display")
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
    assert cut == 0
    assert hidden == "none"


def pages(pdf: bytes) -> int:
    return len(re.findall(rb"/Type\s*/Page\b", pdf))
