"""A broker as one meets it in production: TLS, SCRAM, and an authorizer that denies what nobody allowed."""

import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import trustme
from aiokafka.protocol.admin import CreateAclsRequest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from services.runtime.embedded import kafka as embedded
from services.runtime.embedded.ports import LOOPBACK, free_ports
from services.runtime.kafka import admin
from services.runtime.program import Program
from services.runtime.settings import KafkaSettings
from tests.integration.operations import OPERATIONS, RESOURCES, Right

ADMIN = "admin"  # who grants rights; none of ours
MECHANISM = "SCRAM-SHA-512"
_ASKED = "-Dorg.slf4j.simpleLogger.log.kafka.authorizer.logger=debug"  # the broker tells what it was asked and allowed
_ALLOWED = re.compile(
    r"Principal = User:(\S+) is Allowed operation = (\w+) from host = \S+ on resource = (\w+):LITERAL:(\S+) for"
)


@dataclass(frozen=True)
class SecuredKafka:
    """A broker that is reached by TLS, with the names of its users, whose passwords are made of them."""

    bootstrap_servers: str
    ca_file: Path
    program: Program
    port: int
    log: Path  # of what it was asked, and allowed

    def environment(self, user: str) -> dict[str, str]:
        """What a process of ours is told that is this user."""
        return {
            "KIZASHI_KAFKA_BOOTSTRAP_SERVERS": self.bootstrap_servers,
            "KIZASHI_KAFKA_SECURITY_PROTOCOL": "SASL_SSL",
            "KIZASHI_KAFKA_SASL_USERNAME": user,
            "KIZASHI_KAFKA_SASL_PASSWORD": password(user),
            "KIZASHI_KAFKA_TLS_CA_FILE": str(self.ca_file),
            "KIZASHI_KAFKA_REPLICATION": "1",
        }

    def settings(self, user: str) -> KafkaSettings:
        """The same for a client of the test's own."""
        prefix = len("KIZASHI_KAFKA_")
        return KafkaSettings.model_validate(
            {name[prefix:].lower(): value for name, value in self.environment(user).items()}
        )

    async def grant(self, rights: Iterable[Right]) -> None:
        """Let each user do what is said, and no more."""
        async with admin(self.settings(ADMIN), "tests") as client:
            for right in rights:
                pattern = 4 if right.is_prefix else 3
                request = CreateAclsRequest(
                    right.resource, right.name, pattern, f"User:{right.user}", "*", right.operation, 3
                )
                answer = await client._send_request(request)
                assert [code for code, _ in answer.creation_responses] == [0], answer


def used(rights: Iterable[Right], told: str) -> set[Right]:
    """Those of the rights that somebody has made use of, by what the broker has told."""
    operations = {name.upper(): number for name, number in OPERATIONS.items()}
    asked = {
        (user, RESOURCES.get(resource), name, operations.get(operation.replace("_", "")))
        for user, operation, resource, name in set(_ALLOWED.findall(told))
    }
    return {
        right
        for right in rights
        if any(
            (right.user, right.resource, right.operation) == (user, resource, operation)
            and (name.startswith(right.name) if right.is_prefix else name == right.name)
            for user, resource, name, operation in asked
        )
    }


def password(user: str) -> str:
    """What a user's password is."""
    return f"{user}-opens-nothing"


def prepare(folder: Path, jars: Sequence[Path], users: Iterable[str]) -> SecuredKafka:
    """Lay out a broker in a new folder: ours, with its client listener secured."""
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "meta.properties").touch()  # so that it is not formatted yet: users are made with it
    plain = embedded.prepare(folder, jars)
    shutil.rmtree(folder / "data")
    ca_file = _certificates(folder)
    (inner,) = free_ports(1)
    properties = folder / "server.properties"
    properties.write_text(properties.read_text() + _secured(plain.port, inner, properties.read_text()))
    _format(folder, plain.program, users)
    java, *arguments = plain.program.argv
    program = replace(plain.program, argv=(java, _ASKED, *arguments))
    return SecuredKafka(f"{LOOPBACK}:{plain.port}", ca_file, program, plain.port, folder / "kafka.log")


def _certificates(folder: Path) -> Path:
    """Write what the broker shows as broker.pem, and return the file of the CA that signed it."""
    ca = trustme.CA()
    issued = ca.issue_cert(LOOPBACK)
    key = load_pem_private_key(issued.private_key_pem.bytes(), password=None)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # the one form that Java reads
    (folder / "broker.pem").write_bytes(pem + b"".join(blob.bytes() for blob in issued.cert_chain_pems))
    ca.cert_pem.write_to_path(folder / "ca.pem")
    return folder / "ca.pem"


def _secured(port: int, inner: int, plain: str) -> str:
    """Properties that come after the plain ones, and so count in their place."""
    (controller,) = [line.rpartition(":")[2] for line in plain.splitlines() if line.startswith("controller.quorum")]
    settings = {
        "listeners": f"CLIENTS://{LOOPBACK}:{port},INNER://{LOOPBACK}:{inner},CONTROLLER://{LOOPBACK}:{controller}",
        "advertised.listeners": f"CLIENTS://{LOOPBACK}:{port},INNER://{LOOPBACK}:{inner}",
        "listener.security.protocol.map": "CLIENTS:SASL_SSL,INNER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "INNER",
        "sasl.enabled.mechanisms": MECHANISM,
        f"listener.name.clients.{MECHANISM.lower()}.sasl.jaas.config": (
            "org.apache.kafka.common.security.scram.ScramLoginModule required;"
        ),
        "listener.name.clients.ssl.keystore.type": "PEM",
        "listener.name.clients.ssl.keystore.location": "broker.pem",
        "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
        "allow.everyone.if.no.acl.found": "false",
        "super.users": f"User:{ADMIN};User:ANONYMOUS",  # the latter is the broker itself, by its inner listeners
    }
    return "".join(f"{name}={value}\n" for name, value in settings.items())


def _format(folder: Path, program: Program, users: Iterable[str]) -> None:
    java = program.argv[: program.argv.index("kafka.Kafka")]
    scrams = [f"--add-scram={MECHANISM}=[name={user},password={password(user)}]" for user in (ADMIN, *users)]
    subprocess.run(
        (
            *java,
            "kafka.tools.StorageTool",
            "format",
            "--cluster-id=bm90aGluZyBzZWNyZXQgYQ",
            "-c",
            "server.properties",
            *scrams,
        ),
        env=dict(program.environment),
        cwd=folder,
        check=True,
        capture_output=True,
    )
