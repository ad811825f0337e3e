import picocolors from 'picocolors'

/** Colours in a terminal alone, or where FORCE_COLOR asks for them: picocolors takes every CI for a terminal as well. */
export const pc = picocolors.createColors(
  picocolors.isColorSupported && (process.stdout.isTTY === true || 'FORCE_COLOR' in process.env),
)
