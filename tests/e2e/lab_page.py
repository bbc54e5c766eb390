#!/usr/bin/env python3
"""The lab in a real browser.

usage: lab_page.py TCPSIM SOURCE PAGE [--shots FOLDER]

PAGE is what web/lab/build.py wrote. Speaks TAP. Skipped where it was not built, and where Chromium, its driver or selenium are
not installed. With --shots it writes the pictures of docs/lab.md instead. Times are told, not judged; sizes are.
"""
import pathlib
import subprocess
import sys
import time

from browser import DESKTOP, ActionChains, Keys, equal, expect, run

TCPSIM, SOURCE, PAGE = (pathlib.Path(a).resolve() for a in sys.argv[1:4])
WORLDS = sorted((SOURCE / "docs/worlds").glob("*.world"))
MOST_BYTES = 10**6
WRONG = "[host a]\n[host b]\n[link a b]\ndelya = 5 ms\n"
LOG = """const [name, text, done] = arguments, { lab } = tcpsimLab.stack, parts = [];
lab.ccall('lab_open', 'string', ['string', 'string', 'number'], [name, text, 1]);
lab._lab_begin();
while (!lab._lab_is_over()) { lab._lab_go(5000); parts.push(lab.ccall('lab_journal', 'string', [], [])); }
done(parts.join(''));"""


class Case:
    def __init__(self, browser, folder):
        self.browser, self.folder = browser, folder

    def _open(self, world):
        self.browser.open(PAGE, f"#{world}")

    def _native(self, text, *more):
        world, log = self.folder / "own.world", self.folder / "own.json"
        world.write_text(text)
        log.unlink(missing_ok=True)
        done = subprocess.run([TCPSIM, "simulate", "--summary", "--events", log, *more, world], capture_output=True, text=True)
        return done, log.read_text() if log.exists() else ""

    def _wait(self, script, what):
        end = time.monotonic() + 30
        while not self.browser.js(f"return Boolean({script})"):
            expect(time.monotonic() < end, "it does not come:", what)
            time.sleep(0.02)

    def _pane(self, n, expression):
        return self.browser.js(f"const pane = tcpsimLab.panes[{n}], {{ state, future }} = pane, c = state.connection; return {expression}")

    def _go_to_packet(self, packet):
        self.browser.js(f"const pane = tcpsimLab.panes[0], c = pane.state.connection; pane.go(c.placeOf[[...c.items.packet].indexOf({packet}, c.first) - c.first])")

    def _run(self, text):
        b = self.browser
        b.js("tcpsimLab.editor.text = arguments[0]; delete document.documentElement.dataset.ready; tcpsimLab.run()", text)

    # --- what is tried ---

    def is_what_the_command_writes(self):
        page = self.folder / "lab.html"
        done = subprocess.run([TCPSIM, "lab", "--out", page], capture_output=True, text=True)
        equal((done.returncode, done.stdout, done.stderr), (0, "", ""), "tcpsim lab")
        expect(page.read_bytes() == PAGE.read_bytes(), "it is another page")

    def is_small_and_soon_there(self):
        expect(PAGE.stat().st_size < MOST_BYTES, PAGE.stat().st_size)
        took = [self.browser.open(PAGE) for _ in range(3)]
        expect(self._pane(0, "c.rows") > 5, "nothing is shown")
        print(f"# {PAGE.stat().st_size / 1e3:.0f} kB, first picture after {min(took):.2f} s")
        self.browser.quiet()

    def runs_every_world_to_the_native_bytes(self):
        b = self.browser
        b.open(PAGE)
        b.driver.set_script_timeout(120)
        for world in WORLDS:
            _, wanted = self._native(world.read_text())
            found = b.driver.execute_async_script(LOG, "own.world", world.read_text())
            expect(found == wanted and wanted, f"{world.stem}: {len(found)} bytes of events, natively {len(wanted)}")
        b.quiet()

    def shows_every_world(self):
        b = self.browser
        b.open(PAGE)
        equal(b.js("return tcpsimLab.worlds.map(([name]) => name)"), [w.stem for w in WORLDS], "the menu")
        for world in WORLDS:
            b.js("delete document.documentElement.dataset.ready; tcpsimLab.choose(arguments[0])", world.stem)
            self._wait("document.documentElement.dataset.ready", world.stem)
            expect(b.js("return tcpsimLab.editor.error.hidden"), world.stem, "is complained of")
            expect(b.find(".fate").text, world.stem, "tells nothing")
        b.quiet()

    def steps_there_and_back(self):
        b = self.browser
        self._open("connect-no-answer")
        b.js("document.activeElement.blur()")
        b.press(Keys.HOME)
        first = b.find(".of-row").text
        b.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        equal(self._pane(0, "state.row"), 2, "row")
        expect("SYN timer" in b.find(".of-timers").text, b.find(".of-timers").text)
        b.press(Keys.ARROW_LEFT, Keys.ARROW_LEFT)
        equal(b.find(".of-row").text, first, "the first row again")
        b.press(Keys.END)
        expect("ETIMEDOUT" in b.find(".pane").text, "the end")
        b.quiet()

    def tells_what_is_wrong_with_its_line(self):
        b = self.browser
        b.open(PAGE)
        b.js("tcpsimLab.editor.text = arguments[0]; tcpsimLab.run()", WRONG)
        self._wait("!tcpsimLab.editor.error.hidden", "the complaint")
        native, _ = self._native(WRONG)
        what = native.stderr.strip().split("own.world:4: ")[1]
        equal(b.find(".error").text, f"line 4: {what}", "the complaint")
        equal(b.find(".numbers .wrong").text, "4", "the line that is marked")
        self._run(WRONG.replace("delya", "delay"))
        self._wait("document.documentElement.dataset.ready", "the run")
        expect(b.js("return tcpsimLab.editor.error.hidden"), "the complaint stays")
        b.quiet()

    def drops_a_packet(self):
        b = self.browser
        self._open("handshake")
        syn = b.driver.find_elements("css selector", ".pane .row .label")[0]
        expect(syn.text.startswith("S "), syn.text)
        ActionChains(b.driver).move_to_element(syn).click().perform()
        expect(b.find(".packet .which").text.startswith("packet 1, S "), b.find(".packet").text)
        b.find(".packet .drop").click()
        self._wait("tcpsimLab.panes[1].future", "the other future")
        equal(self._pane(0, "c.summary.ends[0].lost"), 0, "lost in the first future")
        equal(self._pane(1, "c.summary.ends[0].lost"), 1, "lost in the other")
        text = self._pane(1, "future.text")
        expect("there.drop = 1st any" in text, text)
        expect("They part at 0.0" in b.find(".parting").text, b.find(".parting").text)
        _, wanted = self._native(text)
        expect(b.driver.execute_async_script(LOG, "own.world", text) == wanted, "the other future is another one natively")
        b.quiet()

    def delays_any_packet_of_any_world(self):
        """Each packet of a world, dropped and delayed: that one is lost, or late by so much, and the future up to it is the same."""
        b, tried = self.browser, 0
        b.driver.set_script_timeout(120)
        for name in ("half-close", "unreachable", "three-rsts"):
            self._open(name)
            wrong = b.driver.execute_async_script("""const done = arguments[0], lab = tcpsimLab, pane = lab.panes[0], { view, ways, text } = pane.future, bad = [];
                const { items } = view, wire = [...Array(items.rows).keys()].filter((i) => items.packet[i] > 0);
                const find = (v, packet) => [...v.items.packet].indexOf(packet);
                (async () => { for (const i of wire) for (const what of ['dropped', 'delayed']) {
                    const packet = items.packet[i], way = ways(packet); if (!way.nthLeft) continue;
                    const next = await lab.stack.run('own.world', lab.worldAfter(what, text, way, 37).text, () => true);
                    if (next.error) { bad.push([packet, what, next.error]); continue; }
                    const j = find(next.view, packet), n = next.view.items;
                    if (what === 'dropped' ? n.fate[j] !== 2 : n.fate[j] === 1 && items.fate[i] === 1 && n.until[j] - items.until[i] !== 37e6) bad.push([packet, what, n.fate[j], n.until[j] - items.until[i]]);
                    for (const k of wire) if (items.packet[k] < packet && n.seq[find(next.view, items.packet[k])] !== items.seq[k]) bad.push([packet, what, 'before it', items.packet[k]]);
                } done([wire.length, bad]); })();""")
            tried += 2 * wrong[0]
            equal(wrong[1], [], name)
        print(f"# {tried} futures")
        b.quiet()

    def keeps_the_other_future(self):
        b = self.browser
        self._open("half-close")
        self._go_to_packet(4)
        b.js("document.activeElement.blur()")
        b.press("d")
        self._wait("tcpsimLab.panes[1].future", "the other future")
        text = self._pane(1, "future.text")
        b.js("delete document.documentElement.dataset.ready; document.querySelector('.parting .keep').click()")
        self._wait("document.documentElement.dataset.ready", "the run")
        equal(b.js("return tcpsimLab.editor.text"), text, "the text")
        expect(not b.find(".parting").is_displayed(), "still two")
        b.quiet()

    def both_futures_have_one_cursor(self):
        b = self.browser
        self._open("half-close")
        self._go_to_packet(3)
        b.js("document.activeElement.blur()")
        b.press("d")
        self._wait("tcpsimLab.panes[1].future", "the other future")
        b.press(Keys.HOME)
        for _ in range(24):
            b.press(Keys.ARROW_RIGHT)
            rows, times = ([self._pane(n, what) for n in (0, 1)] for what in ("state.row", "[c.rowTime[state.row], c.rowTime[state.row + 1] ?? null]"))
            expect(times[1][0] == times[0][0] or times[1][0] < times[0][0] < (times[1][1] or 1e30), times)
            part = self._pane(0, "c.rowTime[c.placeOf[[...c.items.packet].indexOf(3, c.first) - c.first]]")
            expect(rows[0] == rows[1] or times[0][0] >= part, "rows before they part:", rows)
        b.quiet()

    def can_be_stopped(self):
        b = self.browser
        b.open(PAGE)
        self._run("[host a]\n[host b]\n[link a b]\nrate = 100 kbit/s\n[program s]\nhost = b\ndoes = sink\nport = 9\n"
                  "[program c]\nhost = a\ndoes = source\nto = b:9\nbytes = 1000 MB\n")
        self._wait("document.documentElement.dataset.ready", "an end")
        expect("longer than a page keeps" in b.find(".remark").text, b.find(".remark").text)
        b.quiet()

    def fits_a_phone(self):
        b = self.browser
        b.size((390, 844))
        self._open("three-rsts")
        expect(b.js("return document.documentElement.scrollWidth") <= 390, "it scrolls sideways")
        b.size(DESKTOP)


def cases():
    return [name for name, value in vars(Case).items() if callable(value) and not name.startswith("_")]


def shots(case, folder):
    b = case.browser
    folder.mkdir(parents=True, exist_ok=True)
    b.media(prefers_color_scheme="light")
    case._open("connect-no-answer")
    time.sleep(0.5)
    b.driver.save_screenshot(str(folder / "lab.png"))
    case._open("half-close")
    case._go_to_packet(4)
    b.js("tcpsimLab.panes[0].drop()")
    case._wait("tcpsimLab.panes[1].future", "the other future")
    time.sleep(0.5)
    b.driver.save_screenshot(str(folder / "lab-two.png"))


def main():
    if not PAGE.exists():
        print("1..0 # SKIP the lab is not built: emscripten is not installed")
        return 0
    return run(Case, cases(), shots, sys.argv[4:])


sys.exit(main())
