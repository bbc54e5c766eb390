#!/usr/bin/env python3
"""The page of replay --html and simulate --html in a real browser.

usage: page.py TCPSIM SOURCE [--shots FOLDER]

Speaks TAP. Skipped where Chromium, its driver or selenium are not installed. With --shots it writes the pictures of
docs/page.md instead. Times are told, not judged; sizes are.
"""
import json
import os
import pathlib
import re
import subprocess
import sys
import time

import page_captures
from browser import DESKTOP, PHONE, ActionChains, By, Keys, equal, expect, run

TCPSIM, SOURCE = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
# As they are called from the checkout: pictures are to show no path of a machine.
SAMPLES, WORLDS = pathlib.Path("traces/samples"), pathlib.Path("docs/worlds")
MOST_BYTES, MOST_NODES = 8 * 10**6, 3000
HOSTILE = "</script><script>window.pwned=1</script><img src=x onerror=window.pwned=1>"


class Case:
    """What the cases share: the browser, and a folder for pages."""

    def __init__(self, browser, folder):
        self.browser, self.folder = browser, folder

    def run(self, *arguments, cwd=None, status=0):
        done = subprocess.run([str(TCPSIM), *map(str, arguments)], capture_output=True, text=True, cwd=cwd or SOURCE)
        equal(done.returncode, status, f"{arguments}: status ({done.stderr.strip()})")
        return done.stdout

    def page(self, name, *arguments, **more):
        path = self.folder / f"{name}.html"
        self.run(*arguments, "--html", path, **more)
        return path

    def sample(self, name):
        return self.page(name, "replay", SAMPLES / f"linux-{name}.pcap")

    def world(self, name):
        return self.page(name, "simulate", WORLDS / f"{name}.world")

    # --- cases ---

    def opens_and_says_the_verdict_first(self):
        b = self.browser
        b.open(self.sample("zero-window"))
        verdict = b.text(".verdict")
        expect("stalled on the server's shut window" in verdict, verdict)
        expect(b.find(".verdict").rect["y"] < b.find(".connections").rect["y"], "the verdict stands below the data")
        expect(len(b.driver.find_elements(By.CSS_SELECTOR, ".row")) > 10, "no rows")
        equal(b.js("return performance.getEntriesByType('resource').length"), 0, "things fetched")
        b.quiet()

    def has_the_words_of_the_terminal(self):
        """Each segment that the terminal prints whole stands in the page in the same letters."""
        b, compared = self.browser, 0
        for name in ("loss", "request", "zero-window", "abort", "simultaneous-open", "keepalive"):
            b.open(self.sample(name))
            shown = b.js("const c = tcpsimPage.state.connection, out = {}; for (let i = c.first; i < c.last; i++)"
                         " if (c.items.kind[i] === 0) out[c.items.packet[i]] = c.segmentText(i, false); return out")
            printed = subprocess.run([str(TCPSIM), "replay", "-c", "0", str(SAMPLES / f"linux-{name}.pcap")], capture_output=True, cwd=SOURCE,
                                     text=True, env={**os.environ, "COLUMNS": "300"}).stdout
            for number, text in re.findall(r"^\s*(\d+)\s+[\d.]+ .*?(?:-->|<--) (.*?)  ", printed, re.M):
                expect(shown[number].startswith(text.split(" <")[0]), f"{name}, packet {number}: {shown[number]!r}, not {text!r}")
                compared += 1
        expect(compared > 100, "too few rows to compare:", compared)

    def steps_and_rewinds(self):
        b = self.browser
        b.open(self.sample("loss"))
        b.press(Keys.ARROW_RIGHT, Keys.ARROW_RIGHT)
        equal(b.state("row"), 2, "row after two steps")
        equal(b.js("return location.hash"), "#c0p3", "link")
        b.press(Keys.ARROW_LEFT)
        equal(b.state("row"), 1, "row after one back")
        equal(b.js("return tcpsimPage.state.connection.rowTime[1]"), b.js("return tcpsimPage.plot.cursor"), "the plot's cursor")
        b.press(Keys.END)
        last = b.state("row")
        equal(last, b.js("return tcpsimPage.state.connection.rows - 1"), "row after end")
        b.shifted(Keys.ARROW_LEFT)
        row = b.state("row")
        expect(row < last and b.js("return tcpsimPage.state.connection.isRemarkable(arguments[0])", row), "not remarkable:", row)
        b.press(Keys.HOME)
        equal(b.state("row"), 0, "row after home")
        selected = b.js("return [...document.querySelectorAll('.row[aria-selected=true]')].map((r) => r.id)")
        equal(selected, [b.find(".ladder").get_attribute("aria-activedescendant")], "the selected row")

    def plays_and_stops(self):
        b = self.browser
        b.open(self.sample("loss"))
        b.js("tcpsimPage.rate.value = '10'")
        b.press(" ")
        for _ in range(200):
            if b.state("row") > 3:
                break
            time.sleep(0.02)
        b.press(" ")
        row = b.state("row")
        expect(row > 3, "it does not play")
        time.sleep(0.3)
        equal(b.state("row"), row, "row after it was stopped")

    def zooms_and_pans(self):
        b, range_ = self.browser, "return tcpsimPage.plot.range"
        b.open(self.sample("loss"))
        whole = b.js(range_)
        b.press("w")
        near = b.js(range_)
        expect((near[1] - near[0]) < 0.6 * (whole[1] - whole[0]), "w does not zoom", whole, near)
        b.press("d")
        expect(b.js(range_)[0] > near[0], "d does not pan")
        b.press("0")
        equal(b.js(range_), whole, "all of it")
        plot = b.find(".plot")
        ActionChains(b.driver).move_to_element_with_offset(plot, -100, 0).click_and_hold().move_by_offset(160, 0).release().perform()
        dragged = b.js(range_)
        expect((dragged[1] - dragged[0]) < 0.5 * (whole[1] - whole[0]), "a drag does not zoom")
        ActionChains(b.driver).double_click(plot).perform()
        equal(b.js(range_), whole, "all of it, by a double click")
        ActionChains(b.driver).move_to_element_with_offset(plot, 0, 0).click().perform()
        expect(b.state("row") > 0, "a click does not move the cursor")
        b.quiet()

    def draws_every_plot(self):
        b = self.browser
        for path, names in ((self.sample("loss"), "sequence windows rtt goodput"), (self.world("lossy-link"), "sequence windows rtt goodput cwnd")):
            b.open(path)
            for name in names.split():
                b.js("tcpsimPage.showPlot(arguments[0]); tcpsimPage.plot.draw()", name)
                inked = b.js("const c = tcpsimPage.plot.canvas; const d = c.getContext('2d').getImageData(80, 0, c.width - 80, c.height - 30).data;"
                             "const ink = getComputedStyle(document.documentElement).getPropertyValue('--data'); const n = parseInt(ink.slice(1), 16);"
                             "let k = 0; for (let i = 0; i < d.length; i += 4) if (d[i + 3] && [16, 8, 0].every((s, j) => Math.abs(d[i + j] - (n >> s & 255)) < 70)) k++; return k")
                expect(inked > 50, f"{path.stem}, {name}: nothing is drawn ({inked})")
        b.quiet()

    def filters_sorts_and_walks_the_table(self):
        b = self.browser
        page_captures.many_short(self.folder / "few.pcap", 300)
        b.open(self.page("few", "replay", self.folder / "few.pcap"))
        expect("unanswered" in b.text(".connection"), "the worst does not stand first")
        first = b.state("place")
        b.press("j")
        expect(b.state("place") != first, "j does not go on")
        b.press("k")
        equal(b.state("place"), first, "k goes back")
        b.press("/", "20022 closed")
        equal(b.text(".table .tally"), "1 of 300 connections", "filtered")
        expect("c22" in b.text(".connection"), b.text(".connection"))
        b.press(Keys.ESCAPE)
        equal(b.text(".table .tally"), "300 connections", "no filter")
        b.js("const s = document.querySelector('.table select'); s.value = 'number'; s.dispatchEvent(new Event('change'))")
        expect(b.text(".connection").startswith("c0"), "in order")
        b.quiet()

    def switches_what_is_shown(self):
        b = self.browser
        b.open(self.sample("loss"))
        isn = b.js("return tcpsimPage.state.connection.summary.ends[0].isn")
        b.press("n")
        expect(f"S {isn}:{isn}(0)" in b.text(".row .label"), "absolute:", b.text(".row .label"))
        expect(str(isn + 1) in b.text(".tcb"), "SND.NXT absolute:", b.text(".tcb"))
        b.press("n", "c")
        expect(re.fullmatch(r"\d\d:\d\d:\d\d\.\d{6}", b.text(".row .time")), "time of day:", b.text(".row .time"))
        b.press("c", "x")
        equal(b.state("direction"), 1, "direction")
        paper = "return getComputedStyle(document.body).backgroundColor"
        before = b.js(paper)
        b.press("t")
        expect(b.js(paper) != before, "the theme stays")
        b.open(self.world("lossy-link"))
        folded = b.js("return tcpsimPage.ladder.lines.length")
        b.press("f")
        expect(b.js("return tcpsimPage.ladder.lines.length") > 2 * folded, "nothing was folded:", folded)
        b.press("f")
        b.js("document.querySelector('.fold button').click()")
        expect(b.js("return tcpsimPage.ladder.lines.length") > folded, "a fold does not open")
        b.quiet()

    def links_lead_to_a_packet(self):
        b = self.browser
        page = self.sample("loss")
        b.open(page, "#c0p91")
        equal(b.js("const c = tcpsimPage.state.connection; return c.items.packet[c.rowItem[tcpsimPage.state.row]]"), 91, "packet")
        b.js("location.hash = '#c0p5'")
        time.sleep(0.1)
        equal(b.state("row"), b.js("const c = tcpsimPage.state.connection; return [...c.rowItem].findIndex((i) => c.items.packet[i] === 5)"), "row")
        b.open(page, "#c99p1&<b>")
        equal(b.state("row"), 0, "row of a link to nothing")
        b.quiet()

    def tells_why(self):
        b = self.browser
        b.open(self.sample("loss"))
        b.js("const c = tcpsimPage.state.connection; tcpsimPage.go([...c.rowItem].findIndex((i) => c.marksOf(i).some((m) => m.rule[0] === 'observe/fast-retransmission')))")
        words = b.text(".of-row")
        expect("Sent again because duplicate ACKs or SACK blocks showed the loss." in words and "RFC 5681" in words and "inferred" in words, words)
        chip = b.find(".row[aria-selected=true] .chip")
        expect("certainty-inferred" in chip.get_attribute("class"), chip.get_attribute("class"))
        ActionChains(b.driver).move_to_element(b.find("h1")).move_to_element(chip).perform()
        tip = b.js("const t = document.querySelector('[role=tooltip]'); return t.hidden ? null : t.textContent")
        expect(tip and "observe/fast-retransmission" in tip, "words at the mark:", tip)
        lit = b.js("return document.querySelectorAll('.row.lit').length")
        expect(lit >= 1, "no evidence is lit")

    def knows_what_the_hosts_knew(self):
        """States at departures and arrivals as simulate --json has them, in whole worlds."""
        b, compared = self.browser, 0
        for name in ("handshake", "half-close", "three-rsts", "connect-no-answer", "simultaneous-open", "time-wait", "lossy-link"):
            b.open(self.world(name))
            items = [json.loads(line) for line in self.run("simulate", "--json", WORLDS / f"{name}.world").splitlines()]
            items = [i for i in items if i["type"] == "item" and i["kind"] == "segment" and "connection" in i]
            found = b.js("""const v = tcpsimPage.state.view, out = {};
                v.connections.forEach((s, place) => { tcpsimPage.open(place); const c = tcpsimPage.state.connection;
                    out[s.number] = []; for (let i = c.first; i < c.last; i++) { if (c.items.kind[i] !== 0) continue;
                        const e = c.items.end[i], r = c.placeOf[i - c.first], a = c.arrivalOf[i - c.first];
                        out[s.number].push([v.states[c.stateAt(e, r)], a < 0 ? null : v.states[c.stateAt(1 - e, a)], c.items.fate[i]]); } });
                return out""")
            for number, rows in found.items():
                truth = [i for i in items if i["connection"] == int(number)]
                equal(len(rows), len(truth), f"{name}, c{number}: segments")
                for row, item in zip(rows, truth):
                    wanted = [item["sender_state"], item.get("receiver_state"), ["under-way", "arrived", "lost"].index(item["fate"])]
                    equal(row, wanted, f"{name}, c{number}, {item['time_ns']}: {item['segment']}")
                    compared += 1
        expect(compared > 2000, "too few:", compared)

    def has_the_variables_of_a_world(self):
        b = self.browser
        b.open(self.world("handshake"))
        b.press(Keys.END)
        values = b.js("const c = tcpsimPage.state.connection; return [0, 1].map((e) => c.variables(e, c.rowItem.findLastIndex((i) => c.items.kind[i] === 0)))")
        expect(values[0] and values[0]["cwnd"] > 0 and values[0]["RTO"] > 0, values)
        b.open(self.world("connect-no-answer"))
        b.js("const c = tcpsimPage.state.connection; tcpsimPage.go([...c.rowItem].findIndex((i) => c.items.kind[i] === 0) + 1)")
        timers = b.text(".of-timers")
        expect("SYN timer" in timers and "connection timer" in timers and "left of" in timers, timers)
        lit = b.js("return document.querySelectorAll('.machine .lit-0').length")
        equal(lit, 1, "ways lit in the diagram: CLOSED to SYN_SENT")

    def shows_who_waits_in_the_queues(self):
        b = self.browser
        b.open(self.world("backlog"))
        b.js("tcpsimPage.open(2); tcpsimPage.go(Infinity)")
        seen = b.js("""const p = tcpsimPage, c = p.state.connection; let most = 0, own = false;
            for (let r = 0; r < c.rows; r++) { p.go(r); const li = document.querySelectorAll('.of-queues .queue:last-child li');
                most = Math.max(most, li.length); own ||= [...li].some((l) => l.className === 'own'); } return [most, own]""")
        expect(seen[0] >= 2 and seen[1], "entries of the accept queue:", seen)

    def switches_to_the_onlooker(self):
        b = self.browser
        b.open(self.world("three-rsts"))
        equal(b.state("view.source"), "world", "view")
        expect("An onlooker would be wrong here" in b.text(".remarks"), b.text(".remarks"))
        b.press("v")
        equal(b.state("view.source"), "capture", "view")
        expect(b.js("return location.hash").startswith("#v1c"), "link")
        b.press("v")
        equal(b.state("view.source"), "world", "view")
        b.quiet()

    def lays_two_views_beside_each_other(self):
        b = self.browser
        b.open(self.world("three-rsts"))
        b.js("tcpsimPage.open(2)")
        b.press("b")
        b.js("tcpsimPage.go(Infinity)")
        shown = b.js("return [...document.querySelectorAll('.ladder')].filter((n) => n.offsetParent).map((n) => n.getAttribute('aria-label'))")
        equal(shown, ["ladder", "other-ladder"], "ladders")
        time, other = b.js("const p = tcpsimPage, c = p.second.connection; return [p.state.connection.rowTime[p.state.row], [...c.rowTime][p.second.row]]")
        expect(abs(time - other) <= 10e6, "the other ladder stands elsewhere:", time, other)
        twice = b.js("const ids = [...document.querySelectorAll('[id]')].map((n) => n.id); return ids.filter((id, i) => ids.indexOf(id) !== i)")
        equal(twice, [], "names given twice")
        b.press("b")
        equal(b.js("return [...document.querySelectorAll('.ladder')].filter((n) => n.offsetParent).length"), 1, "ladders")
        b.quiet()

    def shows_where_model_and_kernel_part(self):
        """The model is FreeBSD here, so that they surely do. Where no kernel can be had the command says why, and this is left."""
        b, path = self.browser, self.folder / "compare.html"
        done = subprocess.run([str(TCPSIM), "compare", "--profile", "freebsd", "--html", str(path), "tests/scripts/linux/fast-retransmit.pkt"],
                              capture_output=True, text=True, cwd=SOURCE)
        if done.returncode == 2:
            print(f"# not here: {done.stderr.strip()}")
            return
        equal(done.returncode, 1, f"status ({done.stderr})")
        b.open(path)
        expect("the first difference" in b.text(".verdict"), b.text(".verdict"))
        chips = b.js("return [...document.querySelectorAll('.ladder')].map((n) => n.querySelector('.row[aria-selected=true] .chip.differs')?.textContent)")
        equal(chips, ["here they part"] * 2, "what the rows at the cursor say")
        b.quiet()

    def nothing_of_a_capture_becomes_markup(self):
        b = self.browser
        folder = self.folder / "a<img src=x onerror=window.pwned=1>\"'&"
        folder.mkdir()
        page_captures.with_text(folder / "b.pcap", HOSTILE.encode())
        page = self.page("hostile", "replay", folder / "b.pcap")
        world = self.folder / "hostile.world"
        world.write_text(f"[world]\ntitle = {HOSTILE}\n[host a]\n[host b]\n[link a b]\n[program s]\nhost = b\ndoes = sink\n"
                         "[program c]\nhost = a\ndoes = source\nto = b:80\nbytes = 100\n")
        for path, words in ((page, "onerror"), (self.page("hostile-world", "simulate", world), "</script>")):
            expect("pwned" not in path.read_text(), "the file has it in the clear")
            b.open(path)
            b.press(Keys.END)
            expect(words in b.text("h1"), b.text("h1"))
            equal(b.js("return [window.pwned ?? null, document.images.length, document.scripts.length]"), [None, 0, 2], "what came of it")
            b.quiet()
        b.open(page)
        b.press(Keys.END)
        expect("<script>" in b.text(".of-row"), "the RST's text is told:", b.text(".of-row"))
        b.js("const i = document.createElement('img'); i.setAttribute('onerror', 'window.pwned=1'); i.src = 'http://192.0.2.1/x'; document.body.append(i);"
             "const s = document.createElement('script'); s.textContent = 'window.pwned=1'; document.body.append(s)")
        time.sleep(0.2)
        equal(b.js("return window.pwned ?? null"), None, "the policy lets a foreign script run")
        refused = " ".join(entry["message"] for entry in b.driver.get_log("browser"))
        expect("Content Security Policy" in refused, "the policy let an image be fetched:", refused)

    def holds_a_hundred_thousand_packets(self):
        b = self.browser
        page_captures.one_long(self.folder / "long.pcap", 100000)
        page = self.page("long", "replay", self.folder / "long.pcap")
        expect(page.stat().st_size < MOST_BYTES, page.stat().st_size)
        ready = b.open(page)
        equal(b.js("return tcpsimPage.state.connection.rows"), 100000, "rows")
        opening = b.cpu()
        b.js("tcpsimPage.go(50000)")
        before = b.cpu()
        b.js("for (let i = 0; i < 100; i++) tcpsimPage.step(1)")
        step = (b.cpu() - before) * 10
        nodes = b.js("return document.querySelectorAll('*').length")
        expect(nodes < MOST_NODES, "elements:", nodes)
        heap = b.js("return performance.memory.usedJSHeapSize / 1e6")
        print(f"# 100000 packets: {page.stat().st_size / 1e6:.2f} MB, ready in {ready:.2f} s ({opening:.2f} s of processor), a step {step:.1f} ms of processor, {heap:.0f} MB of heap, {nodes} elements")
        b.quiet()

    def holds_five_thousand_connections(self):
        b = self.browser
        page_captures.many_short(self.folder / "many.pcap", 5000)
        page = self.page("many", "replay", self.folder / "many.pcap")
        expect(page.stat().st_size < MOST_BYTES, page.stat().st_size)
        ready = b.open(page)
        equal(b.js("return tcpsimPage.state.view.connections.length"), 5000, "connections")
        nodes = b.js("return document.querySelectorAll('*').length")
        expect(nodes < MOST_NODES, "elements:", nodes)
        print(f"# 5000 connections: {page.stat().st_size / 1e6:.2f} MB, ready in {ready:.2f} s, {nodes} elements")

    def says_what_does_not_fit(self):
        b = self.browser
        page_captures.many_short(self.folder / "crowd.pcap", 14000)
        b.open(self.page("crowd", "replay", self.folder / "crowd.pcap"))
        expect("6000 connections are not in this page" in b.text(".remarks") and "tcpsim replay" in b.text(".remarks"), b.text(".remarks"))
        left = b.js("const c = tcpsimPage.state.view.connections; tcpsimPage.open(c.findIndex((s) => s.left_out > 0)); return document.querySelector('.verdict').textContent")
        expect("not in this page" in left and "-c " in left, left)

    def says_that_there_is_nothing(self):
        b = self.browser
        with page_captures.Capture(self.folder / "empty.pcap"):
            pass
        b.open(self.page("empty", "replay", self.folder / "empty.pcap"))
        equal(b.text(".verdict"), "There is no connection in it.", "verdict")
        b.press(Keys.ARROW_RIGHT, Keys.END, " ", "w", "d", "0", "j", "1", "x", "n", "f", "t")
        expect(not b.find(".ladder").is_displayed(), "an empty ladder is shown")
        b.quiet()

    def fits_a_phone(self):
        b = self.browser
        for path in (self.sample("loss"), self.world("three-rsts")):
            for width in (390, 320):
                b.size((width, 844))
                b.open(path)
                b.press(Keys.ARROW_RIGHT)
                expect(b.js("return document.documentElement.scrollWidth") <= width, f"{path.stem} at {width}: it scrolls sideways")
        b.size(DESKTOP)

    def asks_before_it_runs(self):
        b, answered = self.browser, ("30 s", "one minute", "etimedout", "")
        b.open(self.page("lesson", "lesson", "4"))
        b.quiet()
        equal(len(b.driver.find_elements(By.CSS_SELECTOR, ".page")), 0, "the run is shown before the questions are answered")
        expect("SYN_SENT" not in b.text("body"), "the answer stands beside the question")
        fields = b.driver.find_elements(By.CSS_SELECTOR, ".questions input")
        equal([f.accessible_name != "" for f in fields], [True] * 4, "fields with a name")
        for field, text in zip(fields, answered):
            field.send_keys(text)
        b.press(Keys.ENTER)
        said = [n.text.replace("\n", " ") for n in b.driver.find_elements(By.CSS_SELECTOR, ".given")]
        equal(said, ["You: 30 s The run: 30 s", "You: one minute The run: 75 s", "You: etimedout The run: ETIMEDOUT", "The run: SYN_SENT"], "answers")
        lines = b.text(".hand-in").split("\n")
        equal(lines, [f"04-no-answer.{i} = {text}" for i, text in enumerate(answered, 1) if text], "what is handed in")
        (self.folder / "answers.txt").write_text("\n".join(lines) + "\n")
        graded = self.run("lesson", "--check", self.folder / "answers.txt", status=1)
        expect('"answers":3,"right":2' in graded, graded)
        equal(b.state("connection.summary.outcome"), "given up", "the run below it")
        b.open(self.page("flood", "lesson", "syn-flood"))
        b.press(Keys.ENTER)
        equal(b.state("connection.summary.ends[0].name.split(':')[0]"), "client", "the connection that the lesson shows")
        b.quiet()

    def is_the_same_twice(self):
        first, second = self.page("one", "replay", SAMPLES / "linux-loss.pcap"), self.page("two", "replay", SAMPLES / "linux-loss.pcap")
        expect(first.read_bytes() == second.read_bytes(), "two runs differ")
        first, second = self.page("three", "simulate", WORLDS / "time-wait.world"), self.page("four", "simulate", WORLDS / "time-wait.world")
        expect(first.read_bytes() == second.read_bytes(), "two runs of a world differ")

    def can_be_used_without_eyes_or_mouse(self):
        b = self.browser
        b.open(self.world("backlog"))
        nameless = b.js("""return [...document.querySelectorAll('button, input, select, meter, [role=grid], [role=listbox], [role=group], [role=img], section, footer')]
            .filter((n) => !(n.getAttribute('aria-label') || n.textContent.trim() || n.title || n.querySelector?.('title')?.textContent))
            .map((n) => n.outerHTML.slice(0, 120))""")
        equal(nameless, [], "elements without a name")
        twice = b.js("const ids = [...document.querySelectorAll('[id]')].map((n) => n.id); return ids.filter((id, i) => ids.indexOf(id) !== i)")
        equal(twice, [], "names given twice")
        for box in (".ladder", ".connections"):
            active = b.find(box).get_attribute("aria-activedescendant")
            expect(b.js("return Boolean(document.getElementById(arguments[0]))", active), f"{box} points at {active}, which is not there")
        parents = b.js("""const inside = { gridcell: 'row', columnheader: 'row', row: 'grid', option: 'listbox' };
            return Object.entries(inside).flatMap(([role, outer]) => [...document.querySelectorAll(`[role=${role}]`)].filter((n) => !n.parentElement.closest(`[role=${outer}]`)).map((n) => n.className))""")
        equal(parents, [], "roles outside of what they belong to")
        equal(b.js("return [document.documentElement.lang, document.querySelectorAll('h1').length, document.querySelectorAll('main').length]"), ["en", 1, 1], "language, heading, main")
        b.js("document.activeElement.blur()")
        reached = set()
        for _ in range(40):
            b.press(Keys.TAB)
            reached.add(b.js("const a = document.activeElement; return a.className.split(' ')[0] || a.type || a.tagName"))
        expect({"connections", "ladder", "plot", "search", "range"} <= reached, "by tab only:", reached)
        b.js("document.activeElement.blur()")
        b.press("?")
        expect(b.find("dialog.help").is_displayed(), "no help")
        b.press(Keys.ESCAPE)
        expect(not b.find("dialog.help").is_displayed(), "the help stays")

    def can_be_read_in_both_themes(self):
        b = self.browser
        page = self.sample("loss")
        for theme in ("light", "dark"):
            b.media(prefers_color_scheme=theme)
            b.open(page)
            poor = b.js("""const css = getComputedStyle(document.documentElement), value = (n) => parseInt(css.getPropertyValue('--' + n).trim().slice(1).replace(/^(.)(.)(.)$/, '$1$1$2$2$3$3'), 16);
                const light = (n) => [16, 8, 0].map((s) => (value(n) >> s & 255) / 255).map((c) => c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4).reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
                const ratio = (a, b) => { const [x, y] = [light(a), light(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
                return ['ink', 'dim', 'data', 'again', 'ack', 'bad', 'good', 'left', 'right', 'current'].flatMap((n) => ['paper', 'panel'].map((p) => [n, p, ratio(n, p)])).concat([['ink', 'mark', ratio('ink', 'mark')], ['dim', 'mark', ratio('dim', 'mark')], ['ink', 'warn', ratio('ink', 'warn')]]).filter(([, , r]) => r < 4.5)""")
            equal(poor, [], f"{theme}: contrast under 4.5")
        b.media(prefers_reduced_motion="reduce")
        b.open(page)
        equal(b.js("return getComputedStyle(document.querySelector('.row')).transitionDuration"), "0s", "motion where none is wanted")
        b.media()


def cases():
    return [name for name, value in vars(Case).items() if callable(value) and not name.startswith("_") and name not in ("run", "page", "sample", "world")]


def shots(case, folder):
    """The pictures of docs/page.md."""
    b = case.browser
    folder.mkdir(parents=True, exist_ok=True)

    def shot(name, path, script="", size=DESKTOP, theme="light", link=""):
        b.size(size)
        b.media(prefers_color_scheme=theme)
        b.open(path, link)
        b.js(script)
        time.sleep(0.4)
        b.driver.save_screenshot(str(folder / f"{name}.png"))

    shot("capture", case.sample("loss"), "tcpsimPage.plot.setRange(0.02e9, 0.127e9); for (let i = 0; i < 6; i++) tcpsimPage.stepRemarkable(1)")
    shot("world", case.world("backlog"), "tcpsimPage.open(4); for (let i = 0; i < 12; i++) tcpsimPage.step(1)", theme="dark")
    path = case.folder / "compare.html"
    subprocess.run([str(TCPSIM), "compare", "--profile", "freebsd", "--html", str(path), "tests/scripts/linux/fast-retransmit.pkt"], cwd=SOURCE,
                   capture_output=True)
    if path.exists():
        # Whose kernel it was is no matter.
        shot("compare", path, "for (const n of document.querySelectorAll('.choice button, .beside > span')) n.textContent = n.textContent.replace(/(Linux [0-9.]+)[^)]*/, '$1')")
    shot("phone", case.world("three-rsts"), "tcpsimPage.go(6); document.querySelector('.graph').scrollIntoView()", size=PHONE)


def main():
    return run(Case, cases(), shots, sys.argv[3:])


sys.exit(main())
