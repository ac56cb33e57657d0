// Plays a script with the CloudEvents SDK for JavaScript: binary, structured, or in one batch, by argument.
import { request } from 'node:http'
import { CloudEvent, HTTP } from 'cloudevents'
import { script } from './read.mjs'

const mode = process.argv[2]

// Node's own client, in chunks and without a length, as the SDK's emitters for http send.
const send = ({ headers, body }) => new Promise((resolve, reject) => {
  const authorization = `Bearer ${script.key}`
  const sending = request(`${script.url}/v1/events`, { method: 'POST', headers: { ...headers, authorization } }, (answer) => {
    answer.resume()
    answer.on('end', () => (answer.statusCode === 202 ? resolve() : reject(new Error(`answered ${answer.statusCode}`))))
  })
  sending.on('error', reject)
  sending.write(body)
  sending.end()
})

const events = script.calls.map((call, number) => new CloudEvent({
  id: `${number} of today`,
  source: 'tests/js',
  type: call.event,
  time: call.at,
  datacontenttype: 'application/json',
  ...(call.account ? { subject: mode === 'binary' ? encodeURIComponent(call.account) : call.account } : {}),
  data: { ...call.properties, userId: call.user },
}))
if (mode === 'batch') {
  await send({ headers: { 'content-type': 'application/cloudevents-batch+json' }, body: JSON.stringify(events) })
} else {
  for (const event of events) await send(mode === 'binary' ? HTTP.binary(event) : HTTP.structured(event))
}
