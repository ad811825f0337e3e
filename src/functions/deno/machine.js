// What a function learns of the machine, of which it may know nothing: what Supabase's runtime says in these places, since
// packages ask when they are loaded, and go on with any answer (supabase/edge-runtime, ext/os/os.js).

const booted = Date.now()
const loopback = {
  ...{ name: 'lo', family: 'IPv4', address: '127.0.0.1', netmask: '255.0.0.0' },
  ...{ scopeid: null, cidr: '127.0.0.1/8', mac: '00:00:00:00:00:00' },
}
const memory = { total: 0, free: 0, available: 0, buffers: 0, cached: 0, swapTotal: 0, swapFree: 0 }

// `node:os` asks these in turn.
Object.assign(Deno, {
  hostname: () => 'localhost',
  osRelease: () => '0.0.0-00000000-generic',
  osUptime: () => Math.floor((Date.now() - booted) / 1000),
  loadavg: () => [0, 0, 0],
  systemMemoryInfo: () => ({ ...memory }),
  networkInterfaces: () => [{ ...loopback }],
  uid: () => 1000,
  gid: () => 1000,
})

/** What `node:os` asks the machine itself. */
export const nodeOs = {
  cpus: () => [{ model: '', speed: 0, times: { user: 0, nice: 0, sys: 0, idle: 0, irq: 0 } }],
  availableParallelism: () => 1,
  uptime: () => Deno.osUptime(),
  homedir: () => '/tmp',
  userInfo: () => ({ uid: 1000, gid: 1000, username: 'deno', homedir: '/tmp', shell: null }),
}
