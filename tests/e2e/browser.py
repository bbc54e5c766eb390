"""A real browser for tests of pages, and what they expect of it. Ends the test as skipped, in TAP, where there is none."""
import os
import pathlib
import sys
import tempfile
import time
import traceback

try:
    from selenium import webdriver
    from selenium.webdriver import ActionChains
    from selenium.webdriver.common.by import By
    from selenium.webdriver.common.keys import Keys
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service
except ImportError:
    # Debian's module is for Debian's interpreter.
    if sys.executable != "/usr/bin/python3" and os.path.exists("/usr/bin/python3") and "PAGE_TEST_AGAIN" not in os.environ:
        os.environ["PAGE_TEST_AGAIN"] = "yes"
        os.execv("/usr/bin/python3", ["/usr/bin/python3", *sys.argv])
    print("1..0 # SKIP python3-selenium is not installed")
    sys.exit(0)

CHROMIUM, DRIVER = "/usr/bin/chromium", "/usr/bin/chromedriver"
if not (os.path.exists(CHROMIUM) and os.path.exists(DRIVER)):
    print("1..0 # SKIP chromium and chromium-driver are not installed")
    sys.exit(0)
DESKTOP, PHONE = (1440, 900), (390, 844)


def expect(good, *words):
    if not good:
        raise AssertionError(" ".join(str(word) for word in words))


def equal(found, wanted, what):
    expect(found == wanted, f"{what}: {found!r}, not {wanted!r}")


class Browser:
    def __init__(self):
        options = Options()
        options.binary_location = CHROMIUM
        for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
            options.add_argument(argument)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        self.driver = webdriver.Chrome(service=Service(DRIVER), options=options)
        self.driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
        self.size(DESKTOP)

    def size(self, size):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {
            "width": size[0], "height": size[1], "deviceScaleFactor": 1, "mobile": False})

    def media(self, **features):
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {
            "features": [{"name": name.replace("_", "-"), "value": value} for name, value in features.items()]})

    def open(self, path, link=""):
        self.driver.get("about:blank")
        begin = time.monotonic()
        self.driver.get(f"file://{path}{link}")
        while not self.js("return document.documentElement.dataset.ready"):
            expect(time.monotonic() - begin < 60, "the page is not ready after a minute")
            time.sleep(0.01)
        return time.monotonic() - begin

    def cpu(self):
        """Seconds of processor that the page has taken: what a loaded machine does not lengthen."""
        metrics = self.driver.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
        return next(m["value"] for m in metrics if m["name"] == "ThreadTime")

    def js(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def state(self, name):
        return self.js(f"return tcpsimPage.state.{name}")

    def press(self, *keys):
        ActionChains(self.driver).send_keys(*keys).perform()

    def shifted(self, key):
        ActionChains(self.driver).key_down(Keys.SHIFT).send_keys(key).key_up(Keys.SHIFT).perform()

    def find(self, selector):
        return self.driver.find_element(By.CSS_SELECTOR, selector)

    def text(self, selector):
        """At once: rows are made anew while a driver asks twice."""
        return self.js("return document.querySelector(arguments[0]).innerText.trim()", selector)

    def quiet(self):
        errors = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] == "SEVERE"]
        expect(not errors, "the console says:", errors)


def run(new_case, all_cases, shots, given):
    """Runs the cases that are given by name, else all, in a browser and a folder of their own, and writes TAP; or, with
    --shots FOLDER, makes the pictures for the docs. `new_case(browser, folder)` has a method for each. The exit status."""
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tcpsim-page-") as folder:
        browser = Browser()
        try:
            case = new_case(browser, pathlib.Path(folder))
            if "--shots" in sys.argv:
                shots(case, pathlib.Path(sys.argv[sys.argv.index("--shots") + 1]))
                return 0
            only = given or all_cases
            print(f"1..{len(only)}")
            for number, name in enumerate(only, 1):
                try:
                    getattr(case, name)()
                    print(f"ok {number} - {name}", flush=True)
                except Exception as error:  # what the browser throws is a failure as well
                    failed += 1
                    place = traceback.extract_tb(error.__traceback__)[-1]
                    print(f"not ok {number} - {name}\n# {type(error).__name__}, line {place.lineno}: " + str(error).replace("\n", "\n# "), flush=True)
        finally:
            browser.driver.quit()
    return 1 if failed else 0
