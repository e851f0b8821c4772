#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""notifier.email delivers to a real server of mail (Debian's python3-aiosmtpd): STARTTLS, logging in, what it refuses, and the mail itself."""
import email
import email.policy
import pathlib
import ssl
import subprocess
import sys
import tempfile

import notify
from notify import harness

try:
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import AuthResult
except ImportError:
    print("no python3-aiosmtpd")
    sys.exit(77)

GROUP = {"key": '{}:{alertname="Down"}', "external_url": "http://am.example/x", "labels": {"alertname": "Down"},
         "alerts": [{"labels": {"alertname": "Down", "instance": "a<b>"}, "annotations": {"summary": "ü = 1\n.\nend"}, "starts_ms": 1767323045678,
                     "ends_ms": 0, "generator_url": "http://g/?a=b&c=d", "fingerprint": "956fbf9253780420"}]}


class Server:
    """Keeps what it is given. `tls`: None, "starttls" or "first"."""

    def __init__(self, tls="starttls", password="secret", refuse=None):
        self.mails, self.logins, self.refuse = [], [], refuse
        self.folder = tempfile.TemporaryDirectory()
        self.ca = pathlib.Path(self.folder.name) / "cert.pem"
        key = pathlib.Path(self.folder.name) / "key.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1", "-keyout", key, "-out", self.ca],
                       check=True, capture_output=True)
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.ca, key)

        def authenticate(server, session, envelope, mechanism, data):
            self.logins.append((mechanism, data.login.decode()))
            return AuthResult(success=data.password.decode() == password, handled=False)

        options = {"authenticator": authenticate, "auth_required": bool(password)}
        if tls == "starttls":
            options.update(tls_context=context, require_starttls=True)
        if tls is None:
            options.update(auth_require_tls=False)
        self.port = harness.free_port()
        self.controller = Controller(self, hostname="127.0.0.1", port=self.port, ssl_context=context if tls == "first" else None,
                                     server_kwargs=options)
        if tls == "first":
            # The library does not see that this connection is encrypted already.
            self.controller.SMTP_kwargs["auth_require_tls"] = False
        self.controller.start()

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse and self.refuse[1] in address:
            return self.refuse[0]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append(envelope)
        return "250 OK"

    def close(self):
        self.controller.stop()
        self.folder.cleanup()


def send(server, more="", to="b@example.org, \"C, D\" <c@example.org>", tls="", group=GROUP):
    """Exit code and output of one delivery."""
    config = ("route: {receiver: r}\nreceivers:\n- name: r\n  email_configs:\n  - {to: '%s', from: 'Alerts <a@example.org>', smarthost: 'localhost:%d', "
              "auth_username: me, auth_password: secret, tls_config: {ca: '%s'%s}%s}\n"
              % (to, server.port, server.ca.read_text().replace("\n", "\n\n    "), tls, more))
    return notify.notify_once(config, "r", group)


def test_a_mail_arrives():
    server = Server()
    try:
        code, output = send(server, ", headers: {X-Team: 'über {{ .Status }}', Reply-To: 'r@example.org'}, text: 'plain {{ .CommonAnnotations.summary }}'")
        assert (code, output) == (0, "email: sent\n"), output
        (envelope,) = server.mails
        assert envelope.mail_from == "a@example.org" and envelope.rcpt_tos == ["b@example.org", "c@example.org"], vars(envelope)
        assert server.logins[0] == ("PLAIN", "me"), server.logins
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert mail["Subject"] == "[FIRING:1] Down (a<b>)", mail["Subject"]
        assert mail["From"] == "Alerts <a@example.org>" and mail["Reply-To"] == "r@example.org" and mail["X-Team"] == "über firing", mail.items()
        assert mail["Message-Id"] and mail["Date"] and mail.get_content_type() == "multipart/alternative", mail.items()
        text, html = mail.iter_parts()
        assert text.get_content_type() == "text/plain" and text.get_content().replace("\r", "") == "plain ü = 1\n.\nend", repr(text.get_content())
        assert html.get_content_type() == "text/html" and "a&lt;b&gt;" in html.get_content(), html.get_content()
    finally:
        server.close()


def test_tls_from_the_first_byte():
    server = Server(tls="first")
    try:
        code, output = send(server, ", force_implicit_tls: true")
        assert code == 0 and len(server.mails) == 1, output
    finally:
        server.close()


def test_a_certificate_of_nobody_is_refused():
    server = Server()
    try:
        server.ca.write_text(another_ca())
        code, output = send(server)
        assert code == 1 and "certificate" in output and not server.mails, output
    finally:
        server.close()


def test_without_starttls_no_mail():
    server = Server(tls=None)
    try:
        code, output = send(server)
        assert code == 1 and "STARTTLS" in output and "again later" in output and not server.mails, output
        code, output = send(server, ", require_tls: false")
        assert code == 0 and len(server.mails) == 1, output
    finally:
        server.close()


def test_a_wrong_password():
    server = Server(password="another")
    try:
        code, output = send(server)
        assert code == 1 and "log in" in output and "secret" not in output and not server.mails, output
    finally:
        server.close()


def test_what_the_server_refuses():
    for answer, again in (("550 no such user", False), ("450 later", True)):
        server = Server(refuse=(answer, "c@"))
        try:
            code, output = send(server)
            assert code == 1 and answer in output and ("again later" in output) == again and not server.mails, output
        finally:
            server.close()


def test_threads():
    server = Server()
    try:
        code, output = send(server, ", threading: {enabled: true, thread_by_date: none}")
        assert code == 0, output
        mail = email.message_from_bytes(server.mails[0].content, policy=email.policy.default)
        assert mail["References"] == mail["In-Reply-To"] == "<alert-af94c9e8f6a30436-@alertmanager>", mail.items()
    finally:
        server.close()


def another_ca():
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj", "/CN=nobody",
                        "-keyout", f"{folder}/key.pem", "-out", f"{folder}/cert.pem"], check=True, capture_output=True)
        return pathlib.Path(f"{folder}/cert.pem").read_text()


if __name__ == "__main__":
    harness.run(sys.modules["__main__"])
