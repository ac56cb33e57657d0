// The script of the test, from standard input.
import { readFileSync } from 'node:fs'

export const script = JSON.parse(readFileSync(0, 'utf8'))
