import { createSessionHost } from '../../../src/models/sessions/session-host.js'

// Exits with code 7 while a thread of its host is inside onnxruntime.
const session = await createSessionHost({ threads: 1, sessions: 1 }).open(process.argv[2] ?? '')
const size = 1024
const matrix = () =>
  ({ type: 'float32', data: new Float32Array(size * size).fill(1 / size), dims: [size, size] }) as const
await session.run({ a: matrix(), b: matrix() })
void session.run({ a: matrix(), b: matrix() })
// Long enough for the thread to have begun, far shorter than the run.
setTimeout(() => process.exit(7), 60)
