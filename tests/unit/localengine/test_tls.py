import ssl
from pathlib import Path

import pytest
from cryptography import x509

from app.localengine.tls import fresh_certificate


def test_a_certificate_is_private_for_loopback_and_gone_afterwards() -> None:
    with fresh_certificate() as certificate:
        pem = x509.load_pem_x509_certificate(certificate.ca_file.read_bytes())
        folder = certificate.ca_file.parent
        key_mode = (folder / "key.pem").stat().st_mode & 0o777
        folder_mode = folder.stat().st_mode & 0o777
        trusted = ssl.create_default_context(cafile=str(certificate.ca_file))

    names = pem.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert names.get_values_for_type(x509.DNSName) == ["localhost"]
    assert [str(ip) for ip in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1", "::1"]
    assert (folder_mode, key_mode) == (0o700, 0o600)
    assert len(trusted.get_ca_certs()) == 1
    assert not folder.exists()


def test_no_protocol_older_than_tls_1_2_is_spoken() -> None:
    with fresh_certificate() as certificate:
        assert certificate.context.minimum_version is ssl.TLSVersion.TLSv1_2


def test_every_run_has_a_certificate_of_its_own() -> None:
    with fresh_certificate() as one, fresh_certificate() as other:
        assert one.ca_file.read_bytes() != other.ca_file.read_bytes()


@pytest.mark.parametrize("fails", [ValueError, KeyboardInterrupt])
def test_the_key_is_removed_when_serving_fails(fails: type[BaseException]) -> None:
    def serve_and_fail(folders: list[Path]) -> None:
        with fresh_certificate() as certificate:
            folders.append(certificate.ca_file.parent)
            raise fails

    folders: list[Path] = []
    with pytest.raises(fails):
        serve_and_fail(folders)

    assert not folders[0].exists()
