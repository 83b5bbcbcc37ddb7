"""An authority for certificates of TLS, and machines that trust it."""
import pathlib
import shutil

from lab.namespaces import mount_namespace
from lab.programs import run

# What libcurl trusts on Debian and its kin.
TRUSTED = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
LOOPBACK = "IP:127.0.0.1"


def missing():
    """Why there can be none here, or None."""
    if shutil.which("openssl") is None:
        return "openssl is not installed"
    if mount_namespace() is None:
        return "mount namespaces are not allowed here"
    return None if TRUSTED.exists() else f"{TRUSTED} is missing"


class Authority:
    """Its own root, or below the authority `above`."""

    def __init__(self, folder, name, above=None):
        self.folder = pathlib.Path(folder)
        self.key, self.certificate = self.folder / f"{name}.key", self.folder / f"{name}.crt"
        signed = [] if above is None else ["-CA", above.certificate, "-CAkey", above.key]
        run("openssl", "req", "-x509", *signed, *KEY, "-subj", f"/CN={name}", "-days", "2", "-keyout", self.key,
            "-out", self.certificate)

    def issue(self, name, alternative=LOOPBACK, subject="a mirror", days=2, key=KEY):
        """The path of a certificate with its key; -1 days: one that has expired. alternative=None: its subject is its
        only name."""
        request, certificate, extensions = (self.folder / f"{name}.{kind}" for kind in ("csr", "pem", "extensions"))
        key_file = self.folder / f"{name}.key"
        extensions.write_text("basicConstraints = CA:false\n" + (f"subjectAltName = {alternative}\n" if alternative else ""))
        run("openssl", "req", *key, "-subj", f"/CN={subject}", "-keyout", key_file, "-out", request)
        run("openssl", "x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
            "-extfile", extensions, "-days", str(days), "-out", certificate)
        certificate.write_text(key_file.read_text() + certificate.read_text())
        return certificate

    def trust(self):
        """Prefix of a command that trusts it and nobody else."""
        return [*mount_namespace(), "sh", "-c", f'mount --bind {self.certificate} {TRUSTED} && exec "$@"', "sh"]
