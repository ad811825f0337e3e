// The first code of a function's process that is to reach no private network. Deno can be denied single addresses of
// IPv6 and no networks of it, so the kernel is asked to refuse this process all sockets of IPv6, as where there is none.
// It takes no rights, and nothing in the process can undo it. Where the kernel will not, Portico is told, and warns.

// <linux/bpf_common.h>, <linux/seccomp.h>, <linux/audit.h>
const [load, jumpIfEqual, answer] = [0x20, 0x15, 0x06]
const [system, architecture, firstArgument] = [0, 4, 16]
const [refuse, allow] = [0x00050000, 0x7fff0000]
const inet6 = 10
const unsupportedFamily = 97
const noNewPrivileges = 38n
const [setFilter, allThreads] = [1n, 1n]
const head = 16

const numbers = {
  x86_64: { audit: 0xc000003e, socket: 41, seccomp: 317n, prctl: 157n },
  aarch64: { audit: 0xc00000b7, socket: 198, seccomp: 277n, prctl: 167n },
}

try {
  closeIpv6(numbers[Deno.build.arch])
} catch (error) {
  const record = JSON.stringify({ type: 'exposed', message: String(error.message) })
  Deno.stdout.writeSync(new TextEncoder().encode(`\u001e${record}\n`))
} finally {
  Deno.permissions.revokeSync({ name: 'ffi' })
}

function closeIpv6({ audit, socket, seccomp, prctl }) {
  const filter = program([
    [load, 0, 0, architecture],
    [jumpIfEqual, 0, 5, audit],
    [load, 0, 0, system],
    [jumpIfEqual, 0, 3, socket],
    [load, 0, 0, firstArgument],
    [jumpIfEqual, 0, 1, inet6],
    [answer, 0, 0, refuse | unsupportedFamily],
    [answer, 0, 0, allow],
  ])
  const libc = Deno.dlopen('libc.so.6', {
    syscall: { parameters: ['u64', 'u64', 'u64', 'buffer', 'u64', 'u64'], result: 'i64' },
  })
  try {
    if (libc.symbols.syscall(prctl, noNewPrivileges, 1n, null, 0n, 0n) !== 0n) throw new Error('prctl failed')
    if (libc.symbols.syscall(seccomp, setFilter, allThreads, filter, 0n, 0n) !== 0n) throw new Error('seccomp failed')
  } finally {
    libc.close()
  }
}

/** A `struct sock_fprog` with its instructions behind it, in one piece of memory. */
function program(instructions) {
  const bytes = new DataView(new ArrayBuffer(head + instructions.length * 8))
  bytes.setUint16(0, instructions.length, true)
  bytes.setBigUint64(8, Deno.UnsafePointer.value(Deno.UnsafePointer.of(bytes)) + BigInt(head), true)
  for (const [i, [code, whenTrue, whenFalse, value]] of instructions.entries()) {
    const at = head + i * 8
    bytes.setUint16(at, code, true)
    bytes.setUint8(at + 2, whenTrue)
    bytes.setUint8(at + 3, whenFalse)
    bytes.setUint32(at + 4, value, true)
  }
  return bytes
}
