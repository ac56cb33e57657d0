// Plays a script with RudderStack's SDK for Node. It tells of each event when it is delivered; its flush tells of one batch.
import Analytics from '@rudderstack/rudder-sdk-node'
import { script } from './read.mjs'

const client = new Analytics(script.key, { dataPlaneUrl: script.url, flushAt: 20, flushInterval: 100, retryCount: 5, logLevel: 'silent' })
const delivered = script.calls.map((call) => new Promise((resolve, reject) => {
  const done = (error) => (error ? reject(error) : resolve())
  const userId = call.user
  const context = call.account ? { groupId: call.account } : {}
  const originalTimestamp = call.at && new Date(call.at)
  if (call.call === 'identify') client.identify({ userId, traits: call.traits }, done)
  if (call.call === 'group') client.group({ userId, groupId: call.account, traits: call.traits }, done)
  if (call.call === 'page') client.page({ userId, name: call.name, context, originalTimestamp }, done)
  if (call.call === 'track') client.track({ userId, event: call.event, properties: call.properties, context, originalTimestamp }, done)
}))
await Promise.all(delivered)
process.exit()
