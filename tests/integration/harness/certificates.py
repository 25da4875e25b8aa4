"""Certificates that no tool would make: any bytes in any name, signed by the CA of the tests.

DER is written here byte by byte; the openssl program makes the keys and the signatures.
"""
import base64
import datetime
import secrets
import subprocess

from harness.certs import Pair

UTF8, PRINTABLE, T61, BMP = 0x0C, 0x13, 0x14, 0x1E
CN, ORGANIZATION = "2.5.4.3", "2.5.4.10"
EMAIL_NAME, DNS_NAME, URI_NAME, IP_NAME = 0x81, 0x82, 0x86, 0x87
ECDSA_SHA256 = "1.2.840.10045.4.3.2"


def tlv(tag, *parts):
    body = b"".join(parts)
    if len(body) < 128:
        return bytes([tag, len(body)]) + body
    size = (len(body).bit_length() + 7) // 8
    return bytes([tag, 0x80 | size]) + len(body).to_bytes(size, "big") + body


def sequence(*parts):
    return tlv(0x30, *parts)


def oid(text):
    first, second, *rest = map(int, text.split("."))
    body = bytes([first * 40 + second])
    for number in rest:
        groups = [number & 127]
        while number := number >> 7:
            groups.append(number & 127 | 128)
        body += bytes(reversed(groups))
    return tlv(6, body)


def name(*attributes):
    """Of (OID, string type, bytes) each."""
    return sequence(*(tlv(0x31, sequence(oid(kind), tlv(tag, value))) for kind, tag, value in attributes))


def extension(kind, value, critical=False):
    return sequence(oid(kind), tlv(1, b"\xff") if critical else b"", tlv(4, value))


def _items(der):
    """The elements inside the outermost one."""
    def split(data, at):
        size, start = data[at + 1], at + 2
        if size & 0x80:
            start += size & 0x7F
            size = int.from_bytes(data[at + 2:start], "big")
        return start, start + size
    start, end = split(der, 0)
    items = []
    while start < end:
        _, after = split(der, start)
        items.append(der[start:after])
        start = after
    return items


def der_of(pem_path):
    lines = pem_path.read_text().split("-----BEGIN CERTIFICATE-----")[1].split("-----END")[0]
    return base64.b64decode(lines)


def subject_of(certificate):
    return _items(_items(der_of(certificate))[0])[5]


def _openssl(*arguments, data=None):
    return subprocess.run(["openssl", *map(str, arguments)], input=data, capture_output=True, check=True).stdout


def issue(certs, folder, file_name, common_name, sans=(), subject=None, days=30, ca=None):
    """`common_name` is text or (string type, bytes); `sans` are (kind, bytes); `subject` replaces the whole name. `ca` is a path without suffix."""
    pair = Pair(folder, file_name)
    ca = ca or certs.folder / "ca"
    _openssl("genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", pair.key)
    public = _openssl("pkey", "-in", pair.key, "-pubout", "-outform", "DER")
    tag, value = (UTF8, common_name.encode()) if isinstance(common_name, str) else common_name
    now = datetime.datetime.now(datetime.timezone.utc)
    dates = [tlv(0x18, when.strftime("%Y%m%d%H%M%SZ").encode()) if when.year >= 2050 else tlv(0x17, when.strftime("%y%m%d%H%M%SZ").encode())
             for when in (now - datetime.timedelta(days=1), now + datetime.timedelta(days=days))]
    extensions = [extension("2.5.29.19", sequence(), critical=True), extension("2.5.29.15", tlv(3, b"\x07\x80"), critical=True),
                  extension("2.5.29.37", sequence(oid("1.3.6.1.5.5.7.3.1"), oid("1.3.6.1.5.5.7.3.2")))]
    if sans:
        extensions.append(extension("2.5.29.17", sequence(*(tlv(kind, value) for kind, value in sans))))
    body = sequence(tlv(0xA0, tlv(2, b"\x02")), tlv(2, b"\x01" + secrets.token_bytes(8)), sequence(oid(ECDSA_SHA256)),
                    subject_of(ca.with_suffix(".crt")), sequence(*dates),
                    subject or name((ORGANIZATION, UTF8, b"Keyway Test"), (CN, tag, value)), public, tlv(0xA3, sequence(*extensions)))
    signature = _openssl("dgst", "-sha256", "-sign", ca.with_suffix(".key"), data=body)
    der = sequence(body, sequence(oid(ECDSA_SHA256)), tlv(3, b"\x00" + signature))
    text = base64.encodebytes(der).decode()
    pair.cert.write_text(f"-----BEGIN CERTIFICATE-----\n{text}-----END CERTIFICATE-----\n")
    return pair
