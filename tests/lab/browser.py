"""Chromium without a window, driven by chromedriver (WebDriver, and through it the DevTools protocol)."""
import base64
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

from lab.programs import HANG, plain_environment, skip

DRIVER, CHROMIUM = "chromedriver", "chromium"


def need_browser():
    for name in (DRIVER, CHROMIUM):
        if shutil.which(name) is None:
            skip(f"{name} is not installed")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Browser:
    """Until the `with` ends; `folder` is its home, and goes with the test."""

    def __init__(self, folder, *arguments):
        self.folder = pathlib.Path(folder)
        for name in ("home", "profile", "tmp"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        self.arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--no-first-run",
                          "--disable-background-networking", "--disable-component-update", "--disable-sync",
                          "--hide-scrollbars", f"--user-data-dir={self.folder}/profile", *arguments]

    def __enter__(self):
        home = f"{self.folder}/home"
        environment = plain_environment() | {"HOME": home, "XDG_CONFIG_HOME": home, "XDG_CACHE_HOME": home,
                                             "TMPDIR": f"{self.folder}/tmp"}
        self.port = free_port()
        self.driver = subprocess.Popen([DRIVER, f"--port={self.port}", f"--log-path={self.folder}/driver.log"],
                                       env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                       stderr=subprocess.DEVNULL, start_new_session=True)
        self.session = ""
        try:
            self.wait_for_driver()
            self.start()
        except BaseException:
            self.end()
            raise
        return self

    def __exit__(self, *_):
        self.end()

    def end(self):
        """The browser writes what it has noted; whatever does not end by itself is killed."""
        if self.driver.poll() is not None:
            return
        try:
            if self.session:
                self.ask("DELETE", "", patience=20)
        except OSError:
            pass  # it is killed with its group
        os.killpg(self.driver.pid, signal.SIGKILL)
        self.driver.wait()

    def wait_for_driver(self):
        end = time.monotonic() + HANG
        while time.monotonic() < end:
            if self.driver.poll() is not None:
                raise AssertionError(f"{DRIVER} ended: " + (self.folder / "driver.log").read_text())
            try:
                if self.ask("GET", "/status", patience=5)["ready"]:
                    return
            except OSError:
                time.sleep(0.05)
        raise AssertionError(f"{DRIVER} does not listen")

    def start(self):
        wanted = {"browserName": "chrome", "goog:loggingPrefs": {"browser": "ALL"},
                  "goog:chromeOptions": {"args": self.arguments, "binary": shutil.which(CHROMIUM)}}
        said = self.ask("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{said['sessionId']}"
        self.ask("POST", "/timeouts", {"script": HANG * 1000, "pageLoad": HANG * 1000})

    def ask(self, method, path, body=None, patience=HANG):
        """One WebDriver command. https://www.w3.org/TR/webdriver2/"""
        octets = None if method != "POST" else json.dumps(body or {}).encode()
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{self.session}{path}", octets, method=method,
                                         headers={"Content-Type": "application/json"})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=patience) as answer:
                return json.load(answer)["value"]
        except urllib.error.HTTPError as error:
            raise AssertionError(f"{method} {path}: {json.load(error)['value']['message']}") from error

    def devtools(self, command, **parameters):
        """https://chromedevtools.github.io/devtools-protocol/"""
        return self.ask("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})

    def open(self, url):
        self.ask("POST", "/url", {"url": url})

    def run(self, script, *arguments):
        """What the body of a function gives back."""
        return self.ask("POST", "/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector):
        """What a person sees of it; nothing where it is hidden."""
        return self.run("return Array.from(document.querySelectorAll(arguments[0]), e => e.innerText).join('\\n')", selector)

    def await_text(self, selector, pattern):
        """Until it shows what the pattern finds."""
        end, found = time.monotonic() + HANG, ""
        while time.monotonic() < end:
            found = self.text(selector)
            if re.search(pattern, found):
                return found
            time.sleep(0.05)
        raise AssertionError(f"{selector}: never {pattern!r}, but {found!r}")

    def element(self, selector):
        found = self.ask("POST", "/element", {"using": "css selector", "value": selector})
        return next(iter(found.values()))

    def type(self, selector, text):
        self.ask("POST", f"/element/{self.element(selector)}/value", {"text": text})

    def press(self, *keys):
        """Keys, wherever the focus is."""
        strokes = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self.ask("POST", "/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": strokes}]})

    def show(self, width, height, scheme):
        """As on a screen of that size, in `light` or `dark`."""
        self.devtools("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.devtools("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])

    def screenshot(self, path):
        """The whole page."""
        said = self.devtools("Page.captureScreenshot", format="png", captureBeyondViewport=True)
        pathlib.Path(path).write_bytes(base64.b64decode(said["data"]))

    def complaints(self):
        """What the console shows as an error since this was called last."""
        return [entry["message"] for entry in self.ask("POST", "/se/log", {"type": "browser"}) if entry["level"] == "SEVERE"]
