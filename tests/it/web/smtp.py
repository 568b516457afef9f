"""A mail server for one test, on aiosmtpd: takes mail over TLS only, from whoever knows the password only, and prints each as a line.

Arguments: starttls or tls, the certificate, its key, and how many mails to put off first.
"""

import asyncio
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult

mode, certificate, key, put_off = sys.argv[1:]


class Handler:
    def __init__(self):
        self.put_off = int(put_off)

    async def handle_DATA(self, server, session, envelope):
        if self.put_off > 0:
            self.put_off -= 1
            return "451 4.3.0 Come back later"
        mail = {"from": envelope.mail_from, "to": envelope.rcpt_tos, "user": session.auth_data.login.decode(),
                "text": envelope.content.decode()}
        print(json.dumps(mail), flush=True)
        return "250 Taken"


def authenticate(server, session, envelope, mechanism, data):
    right = (data.login, data.password) == (b"forge", b"of the forge")
    return AuthResult(success=right, auth_data=data, handled=False)


async def main():
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate, key)
    handler = Handler()
    hidden = mode == "tls"

    def protocol():
        return SMTP(handler, authenticator=authenticate, auth_required=True, auth_require_tls=not hidden,
                    tls_context=None if hidden else context, require_starttls=not hidden, hostname="localhost")

    loop = asyncio.get_running_loop()
    server = await loop.create_server(protocol, "127.0.0.1", 0, ssl=context if hidden else None)
    print("at", server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
