"""Deliveries to those who are looked up when they are claimed: an endpoint's secrets, a person's address."""

from datetime import datetime

from services.alerts.channels.mail import MailChannel
from services.alerts.channels.slack import SlackChannel
from services.alerts.channels.webhook import Letter, WebhookChannel, secrets_of
from services.alerts.core.attempts import Answer, Hopeless
from services.alerts.people import Person
from services.alerts.queries.outbox import Job
from services.alerts.queries.people import Receivers


class Postman:
    """Hands a job to its channel, with what the channel needs to know of the receiver."""

    def __init__(self, webhooks: WebhookChannel, mail: MailChannel, slack: SlackChannel) -> None:
        self._webhooks = webhooks
        self._mail = mail
        self._slack = slack

    async def to_webhook(self, job: Job, known: Receivers, now: datetime) -> Answer:
        """Post it, signed with the secrets that live now."""
        endpoint = known.webhooks.get(job.lane)
        if endpoint is None:
            return Hopeless("this webhook was removed or disabled")
        secrets = secrets_of(endpoint.secret, endpoint.old_secret, endpoint.old_secret_until, now)
        return await self._webhooks.deliver(Letter(job.message_id, endpoint.url, secrets, job.body), now)

    async def by_mail(self, job: Job, known: Receivers, _: datetime) -> Answer:
        """Send it to where the person has their mail now."""
        person = _person(job, known)
        if person is None or person.mail is None:
            return Hopeless("this recipient has no mail address any more")
        return await self._mail.deliver(job.message_id, person.mail, person.language, job.body)

    async def by_slack(self, job: Job, known: Receivers, _: datetime) -> Answer:
        """Send it to where the person is on Slack now."""
        person = _person(job, known)
        if person is None or person.slack is None:
            return Hopeless("this recipient is not on Slack any more")
        return await self._slack.deliver(person.slack, person.language, job.body)


def _person(job: Job, known: Receivers) -> Person | None:
    return known.people.by_name.get(job.lane.partition(":")[2])
