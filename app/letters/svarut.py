"""KS SvarUt, REST v2: municipalities' letters to Altinn, and on paper if nobody opens them.

Source: developers.fiks.ks.no, SvarUt REST v2: multipart, the first part the shipment as JSON, then
the files in its order. Our letter's id is its external reference: a letter whose fate we do not
know is looked for by it before it is sent again, so that a shipment is never made twice.
"""

import json
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import httpx

from app.letters.channels import ChannelFault, Taken
from app.letters.postal import PostalAddress
from workflow.letters.posting import Outgoing
from workflow.letters.states import Channel, Delivery

#: SvarUt's words for how a shipment fares.
STATUSES: Final = {
    "MOTTATT": Delivery.RECEIVED,
    "AKSEPTERT": Delivery.ACCEPTED,
    "AVVIST": Delivery.REJECTED,
    "VARSLET": Delivery.NOTIFIED,
    "LEST": Delivery.READ,
    "SENDT_PRINT": Delivery.SENT_TO_PRINT,
    "PRINTET": Delivery.PRINTED,
    "MANUELT_HANDTERT": Delivery.HANDLED_MANUALLY,
    "SENDT_DIGITALT": Delivery.SENT_DIGITALLY,
    "SENDT_SDP": Delivery.SENT_TO_MAILBOX,
    "LEVERT_SDP": Delivery.DELIVERED_TO_MAILBOX,
    "KLAR_FOR_MOTTAK": Delivery.READY_FOR_PICKUP,
    "IKKE_LEVERT": Delivery.NOT_DELIVERED,
}
SENDER: Final = "Bosetting"
#: Longest answer read, bytes.
LONGEST: Final = 1024 * 1024
_AGAIN: Final = frozenset({408, 409, 425, 429})


class SvarUt:
    """A sender's account there.

    Args:
        token: an access token of Maskinporten with the scope `ks:fiks`.
        addresses: where paper goes, by municipality number.
        timeout: seconds a call may take.
    """

    name: Final = Channel.SVARUT

    def __init__(
        self,
        *,
        url: str,
        account: str,
        integration_id: str,
        integration_password: str,
        token: Callable[[], str],
        addresses: Callable[[str], PostalAddress | None],
        timeout: float,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.timeout = timeout
        self._token = token
        self._addresses = addresses
        self._shipments = f"{url.rstrip('/')}/api/v2/kontoer/{UUID(account)}/forsendelser"
        self._client = httpx.Client(
            headers={"IntegrasjonId": integration_id, "IntegrasjonPassord": integration_password},
            timeout=timeout,
            follow_redirects=False,
            transport=transport,
        )

    def close(self) -> None:
        self._client.close()

    def send(self, letter: Outgoing) -> Taken:
        if letter.again and (known := self._known(letter)):
            return Taken(known, Delivery.RECEIVED)
        told = self._call("POST", "/", files=self._parts(letter))
        return Taken(_id_of(told), Delivery.RECEIVED)

    def statuses(self, external_ids: Collection[str]) -> Mapping[str, tuple[Delivery, datetime]]:
        if not external_ids:
            return {}
        told = self._call("POST", "/status-sok", json={"forsendelseIds": sorted(external_ids)})
        found: dict[str, tuple[Delivery, datetime]] = {}
        for one in told.get("statuser") or ():
            # A word that is new to us is passed over: it is asked again.
            with suppress(KeyError, TypeError, ValueError):
                since = datetime.fromisoformat(one["sisteStatusEndring"])
                if since.tzinfo is not None:
                    found[str(one["id"])] = (STATUSES[one["status"]], since)
        return found

    def _known(self, letter: Outgoing) -> str | None:
        """The shipment of a letter that was tried before, where there is one."""
        told = self._call("GET", "", params={"eksternRef": str(letter.id)})
        ids = told.get("forsendelseIds") or []
        return str(ids[0]) if ids else None

    def _parts(self, letter: Outgoing) -> list[tuple[str, tuple[str | None, bytes, str]]]:
        """The shipment, then its one document."""
        name = f"{letter.number.replace('/', '-')}.pdf"
        told = {
            "tittel": f"Brev {letter.number} fra IMDi",
            "mottaker": self._recipient(letter),
            "avgivendeSystem": SENDER,
            "eksternReferanse": str(letter.id),
            "forsendelsestype": letter.kind,
            # What nobody opens goes on paper.
            "kunDigitalLevering": False,
            "utskriftskonfigurasjon": {"utskriftMedFarger": False, "tosidig": True},
            "dokumenter": [{"filnavn": name, "mimeType": "application/pdf"}],
        }
        return [
            ("forsendelse", (None, json.dumps(told).encode(), "application/json;charset=UTF-8")),
            ("filer", (name, letter.pdf, "application/pdf")),
        ]

    def _recipient(self, letter: Outgoing) -> dict[str, str]:
        number = letter.addressee.organisation_number
        if number is None:
            raise ChannelFault("letter.no_organisation_number", final=True)
        address = self._addresses(letter.addressee.number)
        if address is None:
            raise ChannelFault("letter.no_postal_address", final=True)
        told = {
            "digitalId": number,
            "navn": letter.addressee.name,
            "adresselinje1": address.line,
            "postnummer": address.postcode,
            "poststed": address.place,
        }
        return {name: value for name, value in told.items() if value}

    def _call(self, method: str, path: str, **given: Any) -> dict[str, Any]:
        headers = {"Authorization": f"Bearer {self._token()}"}
        try:
            with self._client.stream(
                method, f"{self._shipments}{path}", headers=headers, **given
            ) as answer:
                body = b""
                for part in answer.iter_bytes():
                    body += part
                    if len(body) > LONGEST:
                        raise ChannelFault("letter.svarut_unclear")
        except httpx.TimeoutException as fault:
            raise ChannelFault("letter.svarut_slow") from fault
        except httpx.HTTPError as fault:
            raise ChannelFault("letter.svarut_away") from fault
        if answer.status_code in {401, 403}:
            raise ChannelFault("letter.svarut_keeps_us_out")
        if answer.status_code >= 500 or answer.status_code in _AGAIN:
            raise ChannelFault("letter.svarut_fails")
        if answer.status_code >= 400:
            raise ChannelFault("letter.svarut_refuses", final=True)
        try:
            told = json.loads(body)
        except ValueError as fault:
            raise ChannelFault("letter.svarut_unclear") from fault
        if answer.status_code != 200 or not isinstance(told, dict):
            raise ChannelFault("letter.svarut_unclear")
        return told


def _id_of(told: Mapping[str, Any]) -> str:
    try:
        return str(UUID(str(told["id"])))
    except (KeyError, ValueError) as fault:
        raise ChannelFault("letter.svarut_unclear") from fault
