"""Brings SkyPilot's calls to the lab's clouds, though SkyPilot calls the real addresses.

The environment names a proxy (HTTPS_PROXY) and an authority (REQUESTS_CA_BUNDLE, …). The proxy is here: it ends TLS
itself, with a certificate of that authority, answers for the clouds' hosts, and knows no other host. So nothing of
SkyPilot or Python is patched, and no call leaves this machine. What calls with urllib3 alone (Cudo) does not come here.
Vast's SDK trusts no authority of the environment's (it sends with requests' Session.send, which looks at the proxy alone),
but takes another address: it calls the same host without TLS.
"""
import datetime
import http.server
import json
import ssl
import threading
import time
import urllib.parse

from .api import Request
from .vast import Vast

ADDRESS = ("127.0.0.1", 5556)


def environment(authority):
    """What leads a program here. The names are in capitals alone: gRPC reads small ones, and SkyPilot speaks gRPC itself."""
    here = f"http://{ADDRESS[0]}:{ADDRESS[1]}"
    return {"HTTPS_PROXY": here, "HTTP_PROXY": here, "NO_PROXY": "127.0.0.1,localhost", "VAST_URL": f"http://{Vast.hosts[0]}",
            "REQUESTS_CA_BUNDLE": authority, "SSL_CERT_FILE": authority, "CURL_CA_BUNDLE": authority}


class Handler(http.server.BaseHTTPRequestHandler):
    """A connection: CONNECT and then calls to one cloud, or calls of the lab itself."""

    protocol_version = "HTTP/1.1"
    cloud = None

    def do_CONNECT(self):
        if not self.knows(self.path.partition(":")[0]):
            return
        self.send_response(200, "Connection established")
        self.end_headers()
        self.connection = self.server.tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb", -1), self.connection.makefile("wb", 0)
        self.close_connection = False

    def knows(self, host):
        """Whether there is a cloud of that host, which then answers; if not, that is the answer."""
        self.cloud = next((c for c in self.server.clouds.values() if host in c.hosts), None)
        if not self.cloud:
            print(time.strftime("%T"), "no such host:", host, flush=True)
            self.close_connection = True
            self.send_error(502, "the lab has no such host")
        return self.cloud

    def do(self):
        host = urllib.parse.urlsplit(self.path).hostname  # only what comes without TLS names it here
        if host and not self.knows(host):
            return
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        request = Request(self.command, self.path, self.headers, body)
        if self.cloud:
            status, answer = self.cloud.answer(request)
            print(time.strftime("%T"), self.cloud.name, request.action, flush=True)
        else:
            status, answer = console(self.server.clouds, request)
        data = b"" if answer is None else json.dumps(answer).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = do

    def log_message(self, *_):
        """The log has the calls by their names instead."""


def console(clouds, request):
    """The lab's own calls: GET /machines; POST /stop and /terminate, each with ?id=."""
    machines = {server_id(m): m for c in clouds.values() for m in c.there()}
    if request.path == "/machines":
        left = [[f"{c.name}/-", str(id), "left", "-", name] for c in clouds.values() for id, name in c.left()]
        return 200, [[f"{m.cloud.name}/{m.region}".replace(" ", "_"), id, m.word, m.ip, m.name] for id, m in machines.items()] + left
    id = request.query.get("id")
    m = machines.get(id)
    if request.path == "/stop":
        return 200, "" if m and m.cloud.console_stop(m) else "can't be stopped"
    if m:
        m.cloud.console_terminate(m)
    for c in clouds.values():
        c.drop([id])
    return 200, ""


def server_id(machine):
    """The name of a machine's server, and of its disk in the lab."""
    return f"{machine.cloud.name}-{machine.id}"


def certificates(folder, hosts):
    """Makes an authority and, signed by it, a certificate for the hosts, both anew."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID
    now = datetime.datetime.now(datetime.timezone.utc)

    def named(text):
        return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])

    def certify(subject, key, signer, *extensions):
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(named("lab")).public_key(key.public_key())
                   .serial_number(x509.random_serial_number()).not_valid_before(now - datetime.timedelta(days=1))
                   .not_valid_after(now + datetime.timedelta(days=365)))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical)
        return builder.sign(signer, hashes.SHA256())

    authority, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    may_sign = x509.KeyUsage(digital_signature=True, key_cert_sign=True, crl_sign=True, content_commitment=False, key_encipherment=False,
                             data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False)
    # Newer Pythons and OpenSSLs refuse an authority without a key usage, and a certificate without the two identifiers.
    ca = certify(named("lab"), authority, authority, (x509.BasicConstraints(True, None), True), (may_sign, True),
                 (x509.SubjectKeyIdentifier.from_public_key(authority.public_key()), False))
    own = certify(named("clouds"), key, authority, (x509.SubjectAlternativeName([x509.DNSName(h) for h in hosts]), False),
                  (x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), False))
    pem, private = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    with open(f"{folder}/ca.pem", "wb") as file:
        file.write(ca.public_bytes(pem))
    with open(f"{folder}/proxy.pem", "wb") as file:
        file.write(own.public_bytes(pem) + key.private_bytes(pem, private, serialization.NoEncryption()))


def serve(clouds, folder):
    """Starts the proxy; folder gets ca.pem, the authority to trust."""
    certificates(folder, [host for c in clouds.values() for host in c.hosts])
    server = http.server.ThreadingHTTPServer(ADDRESS, Handler)
    server.daemon_threads = True
    server.clouds = clouds
    server.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.tls.load_cert_chain(f"{folder}/proxy.pem")
    threading.Thread(target=server.serve_forever, daemon=True).start()
