"""What tests and benches share. They import this package and the standard library alone, never each
other, and it knows none of them: tests/lint/imports.

`import lab` gives what most of them need:

    programs        the programs under test, those of this machine, how a test starts and is skipped
    namespaces      a program starts itself again in namespaces of its own; loopback
    machine         a machine in them: its hosts line, its DNS, its store
    probing         look-ups on that machine, and what they say

The rest is imported by name, `from lab import daemon`:

    responder       nameservers that answer and fail in every way; lying_nameserver: and that lie;
                    behaving_nameserver: and that are late, lossy, choosy
    stub_nameserver nameservers for what glibc makes of them, each with a behaviour
    limited_nameserver      a nameserver that stands so much and no more
    resolved        systemd-resolved; dns_tree: authorities and a recursive resolver; dns_question: one question
    held_thread     one thread that stands still; journal: journald as services see it
    dnsdist         dnsdist with gitdns.lua in front of a resolver; questions octet by octet, and what is answered
    dns_tree_names  names of all kinds for dns_tree, and what a registry must say of each
    dns_world       a dns_tree for lists of names: each domain a zone of its own
    sniffer         the DNS queries on loopback
    daemon          gitdns-syncd and its board; outage: tests with it, and a DNS that fails
    doctor          tests of `gitdns doctor` and `gitdns explain`; nsswitch: of `gitdns enable`
    drill           `gitdns drill` by a user without privileges
    exported        what `gitdns export` writes for other servers
    running_process what a running process says while its files change
    shipped_hosts_lines     of distributions
    network         several machines on a bridge
    container       a root of its own, mounted as packaging/containers says
    registry        keys, and registries written octet by octet; web_server: what serves them, and misbehaves
    browser         Chromium without a window
    authority       certificates for it, and machines that trust them
    tls_servers     servers that prove who they are, and those that do not
    serving_world   addresses that serve names, and a DNS that says where, from day to day
    client          gitdns-syncd --once; served: tests of it, bad_input: of what it refuses,
                    client_history: of the serials that it keeps, several: of several registries
    publish_hosts   gitdns-publish --hosts; hosts_file: what it must make of a hosts file;
                    publish_names: gitdns-publish --names
    faults          system calls that fail; faults_*: of what, tests/faults
    foreign_build   the product for another architecture, by qemu-user
    narrow_build    the product and its tests' programs for 32 bits
    terminal_picture        a session on a terminal as SVG
    bench_*         records, tables and the sizes that benches measure

tests/packaging/machine is a program, for tests in shell: a copy of this whole machine that packages
can be installed on, with systemd if wanted. It is the one other place that brings loopback up.
"""

from lab.machine import (CLOSED_PORT, OUTAGE, POLICY, SLOW, STORE, UNROUTABLE, WORK, enter, has_module,
                         hosts_line, make_policy, make_store, registry_text, resolv_conf, set_dns,
                         set_hosts_line, start_responder, swap_store, tell_responder, write)
from lab.namespaces import loopback_up, mount_namespace
from lab.probing import (Conversation, files_of, in_parallel, prepare, probe, probe_command,
                         results, within)
from lab.programs import (DATA, HANG, ROOT, UNPACKED, WITHOUT_CAPABILITIES, find_program, main, need,
                          not_sanitized, pause, plain_environment, program, python_of_all, read_terminal, run, scratch,
                          skip, strace_works, unpacked_environment, unprivileged, use_build)
