"""Hosts lines as distributions ship them, or as their packages and manuals make them.

Each: who, whether resolv.conf names systemd-resolved there, the line.
"""

NOTFOUND, UNAVAIL = "[NOTFOUND=return]", "[!UNAVAIL=return]"

LINES = [
    # Debian: base-files, and what libnss-* packages make of it (their README.Debian, postinst).
    ("Debian", False, "hosts:          files dns"),
    ("Debian, mdns", False, f"hosts:          files mdns4_minimal {NOTFOUND} dns"),
    ("Debian, mdns with IPv6", False, f"hosts:          files mdns_minimal {NOTFOUND} dns"),
    ("Debian before 0.10-4 of mdns", False,
     f"hosts:          files mdns4_minimal {NOTFOUND} dns mdns4"),
    ("Debian 11 desktop", False,
     f"hosts:          files mdns4_minimal {NOTFOUND} dns myhostname"),
    ("Debian 12, myhostname", False, "hosts:          files myhostname dns"),
    ("Debian 12 desktop", False, f"hosts:          files myhostname mdns4_minimal {NOTFOUND} dns"),
    ("Debian, mymachines", False, "hosts:          files mymachines dns"),
    ("Debian, resolve", True, f"hosts:          files resolve {UNAVAIL} dns"),
    ("Debian, resolve and mdns", True,
     f"hosts:          files mdns4_minimal {NOTFOUND} resolve {UNAVAIL} dns"),
    ("Debian, resolve and more", True,
     f"hosts:          files mymachines resolve {UNAVAIL} dns myhostname"),
    ("Debian, libvirt", False, "hosts:          files libvirt libvirt_guest dns"),
    ("Debian, wins", False, "hosts:          files dns wins"),
    # Ubuntu: resolved's stub in resolv.conf, dns in the line.
    ("Ubuntu server", True, "hosts:          files dns"),
    ("Ubuntu desktop", True, f"hosts:          files mdns4_minimal {NOTFOUND} dns"),
    ("Ubuntu, containers", True,
     f"hosts:          files mdns4_minimal {NOTFOUND} dns myhostname mymachines"),
    ("Ubuntu 16.10", True, f"hosts:          files resolve {UNAVAIL} dns"),
    # Fedora and RHEL.
    ("RHEL 7", False, "hosts:      files dns myhostname"),
    ("Fedora 32 workstation", False, f"hosts:      files mdns4_minimal {NOTFOUND} dns myhostname"),
    ("Fedora 33 workstation", True,
     f"hosts:      files mdns4_minimal {NOTFOUND} resolve {UNAVAIL} myhostname dns"),
    ("Fedora 33 server", True, f"hosts:      files resolve {UNAVAIL} myhostname dns"),
    ("Fedora workstation", True,
     f"hosts:      files myhostname mdns4_minimal {NOTFOUND} resolve {UNAVAIL} dns"),
    ("Fedora server", True, f"hosts:      files myhostname resolve {UNAVAIL} dns"),
    # Arch.
    ("Arch before 2018", False, "hosts: files dns myhostname"),
    ("Arch 2018", True, f"hosts: files mymachines myhostname resolve {UNAVAIL} dns"),
    ("Arch", True, f"hosts: mymachines resolve {UNAVAIL} files myhostname dns"),
    ("Arch, mdns", True,
     f"hosts: mymachines mdns_minimal {NOTFOUND} resolve {UNAVAIL} files myhostname dns"),
    ("Arch, libvirt", True,
     f"hosts: libvirt libvirt_guest mymachines resolve {UNAVAIL} files myhostname dns"),
    # openSUSE.
    ("openSUSE", False, "hosts:\t\tfiles dns"),
    ("openSUSE, mdns", False, f"hosts:\t\tfiles mdns_minimal {NOTFOUND} dns"),
    ("openSUSE, wins", False, f"hosts:          files mdns4_minimal {NOTFOUND} wins dns"),
]
