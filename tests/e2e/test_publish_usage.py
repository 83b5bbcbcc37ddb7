"""gitdns-publish: how it is called."""
import subprocess

import lab
from lab.client import Outcome
from lab.publish_hosts import Publisher, hosts_of
from lab.registry import NAME


class Usage(Publisher):
    def test_usage(self):
        program = lab.program("PUBLISH")
        whole = {"--to": self.tree, "--name": NAME, "--key": self.key.secret, "--hosts": self.hosts}
        self.hosts.write_text(hosts_of(3))
        wrong = [{option: value for option, value in whole.items() if option != missing} for missing in whole]
        wrong += [whole | {"--name": name} for name in ("", "Top", "a/b", "..", "a" * 65, "a b")]
        wrong += [whole | {"--valid": valid} for valid in ("", "0d", "-1d", "60", "d", "1y", "9999999999999d", "1d ", "522w")]
        wrong += [whole | {"--frobnicate": ""}]
        for options in wrong:
            words = [str(word) for pair in options.items() for word in pair]
            outcome = Outcome(subprocess.run([program, *words], capture_output=True, text=True, timeout=lab.HANG))
            self.assertEqual((outcome.status, len(outcome.lines), outcome.out), (2, 1, ""), (words, outcome))
        self.assertFalse(self.tree.exists())
        self.assertEqual(self.publish("extra").status, 2)

    def test_help(self):
        program = lab.program("PUBLISH")
        for option, start in (("--help", "Usage: gitdns-publish --to "), ("--version", "gitdns-publish ")):
            process = subprocess.run([program, option], capture_output=True, text=True, timeout=lab.HANG)
            self.assertEqual((process.returncode, process.stderr), (0, ""))
            self.assertTrue(process.stdout.startswith(start))


if __name__ == "__main__":
    lab.main()
