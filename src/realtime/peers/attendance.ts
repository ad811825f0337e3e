/** Counts those for whom something is kept open, and for a while those who have only come by. */
export interface Attendance {
  readonly isEmpty: boolean
  enter(): void
  leave(): void
  /** Somebody is there now and has not said for how long. */
  pass(): void
  close(): void
}

/** Milliseconds that it is kept open for whoever was there last, and for whoever came by. */
const linger = 5_000
const vigil = 60_000

export function createAttendance(start: () => void, end: () => void): Attendance {
  let members = 0
  let [leaving, passing]: (NodeJS.Timeout | undefined)[] = []

  function enter(): void {
    members++
    clearTimeout(leaving)
    start()
  }

  function leave(): void {
    if (--members > 0) return
    leaving = setTimeout(() => {
      if (members === 0) end()
    }, linger).unref()
  }

  return {
    get isEmpty() {
      return members <= 0
    },
    ...{ enter, leave },
    pass() {
      if (!passing) enter()
      clearTimeout(passing)
      passing = setTimeout(() => {
        passing = undefined
        leave()
      }, vigil).unref()
    },
    close() {
      clearTimeout(leaving)
      clearTimeout(passing)
    },
  }
}
