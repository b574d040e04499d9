"""Certificates for a run: a CA of our own and what it has signed, good and bad."""
import hashlib
import pathlib
import ssl
import subprocess
import types

_CA_CONFIG = """
[ca]
default_ca = own
[own]
dir = {folder}
database = {folder}/index.txt
serial = {folder}/serial
new_certs_dir = {folder}
default_md = sha256
policy = any
copy_extensions = copy
email_in_dn = no
unique_subject = no
[any]
commonName = supplied
"""


def _openssl(*words):
    subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, timeout=60)


class _Authority:
    def __init__(self, folder: pathlib.Path):
        self.folder, self.key, self.certificate = folder, folder / "ca.key", folder / "ca.pem"
        (folder / "index.txt").write_text("")
        (folder / "serial").write_text("1000\n")
        self.config = folder / "ca.cnf"
        self.config.write_text(_CA_CONFIG.format(folder=folder))
        _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 30,
                 "-subj", "/CN=earshot test CA", "-keyout", self.key, "-out", self.certificate)

    def sign(self, name, names, start="20240101000000Z", end="20990101000000Z"):
        key, request, made = (self.folder / f"{name}.{kind}" for kind in ("key", "csr", "pem"))
        _openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", f"/CN={name}",
                 "-addext", f"subjectAltName={names}", "-keyout", key, "-out", request)
        _openssl("ca", "-batch", "-config", self.config, "-cert", self.certificate, "-keyfile", self.key, "-notext",
                 "-startdate", start, "-enddate", end, "-in", request, "-out", made)
        return certificate(made, key)


def certificate(path, key):
    der = ssl.PEM_cert_to_DER_cert(path.read_text())
    return types.SimpleNamespace(pem=path, key=key, pin=hashlib.sha256(der).hexdigest())


def _self_signed(folder, name, subject):
    made, key = folder / f"{name}.pem", folder / f"{name}.key"
    _openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", 30,
             "-utf8", "-subj", f"/CN={subject}", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1",
             "-keyout", key, "-out", made)
    return certificate(made, key)


def make(folder):
    authority = _Authority(folder)
    local = "DNS:localhost,IP:127.0.0.1"
    return types.SimpleNamespace(
        ca=authority.certificate,
        good=authority.sign("localhost", local),
        expired=authority.sign("expired", local, "20200101000000Z", "20210101000000Z"),
        other=authority.sign("other.example", "DNS:other.example"),
        client=authority.sign("client", "DNS:client"),
        hostile=_self_signed(folder, "hostile", "evil\x1b[2J\x1b]0;owned\x07\u202e"),
        self_signed=_self_signed(folder, "self", "localhost"))
