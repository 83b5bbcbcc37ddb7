"""One process in a machine of the lab that asks for names all the while, in glibc that it has loaded once."""

from lab.vm import Failed

# perl-base has what it needs. It reads the names anew each round, and loads nothing more.
PROGRAM = r"""
use Socket qw(getaddrinfo getnameinfo SOCK_STREAM NI_NUMERICHOST NIx_NOSERV);
$| = 1;
# Has the module loaded, too, that is asked last.
getaddrinfo('nobody-has-it.invalid', '');
while (1) {
    open my $file, '<', '/srv/asker.names' or next;
    chomp(my @names = <$file>);
    close $file;
    for my $name (@names) {
        my ($error, @found) = getaddrinfo($name, '', {socktype => SOCK_STREAM});
        print join(' ', $name, map { (getnameinfo($_->{addr}, NI_NUMERICHOST, NIx_NOSERV))[1] } @found), "\n";
    }
    select(undef, undef, undef, 0.2);
}
"""


class Asker:
    """It asks from now on, for some of the names that the network `vm.network` knows."""

    def __init__(self, vm, machine, names):
        self.network = vm.network
        self.machine = machine
        self.seen = 0
        machine.put("/srv/asker", PROGRAM)
        self.ask_for(names)
        machine.run(": >/srv/asked; systemd-run --quiet --unit=asker --property=StandardOutput=file:/srv/asked "
                    "perl /srv/asker")
        self.check()

    def ask_for(self, names):
        self.names = names
        # In one step: it may read it now.
        self.machine.put("/srv/asker.new", "".join(f"{name}\n" for name in names))
        self.machine.run("mv /srv/asker.new /srv/asker.names")

    def answers(self):
        """[name, address...] of each since the last time, and of a whole round that has begun just now."""
        lines = int(self.machine.run("wc -l </srv/asked"))
        self.machine.wait_for(f"[ $(wc -l </srv/asked) -ge {lines + 2 * len(self.names)} ] || "
                              "! systemctl -q is-active asker")
        said = self.machine.run(f"tail -n +{self.seen + 1} /srv/asked")
        whole = said[:said.rfind("\n") + 1].splitlines()
        self.seen += len(whole)
        if self.machine.status("systemctl -q is-active asker")[0] != 0:
            raise Failed("the process that asks has ended")
        if missing := {*self.names} - {line.split()[0] for line in whole[-2 * len(self.names):]}:
            raise Failed(f"the process that asks did not ask for {sorted(missing)}")
        return [line.split() for line in whole]

    def check(self):
        """All that it has asked for since the last time was found, and is right; how often that was."""
        answers = self.answers()
        for name, *addresses in answers:
            self.network.check(name, addresses)
        return len(answers)

    def modules(self):
        """What of gitdns it has mapped, each once: paths, with the word (deleted) for what is not there any more."""
        return self.machine.run("sed -n 's|^.* \\(/[^ ]*libnss_gitdns.*\\)|\\1|p' "
                                "/proc/$(systemctl show -p MainPID --value asker)/maps | sort -u").splitlines()
