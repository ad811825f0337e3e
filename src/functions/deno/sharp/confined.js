// Goes before sharp's own code, in each of its threads: where it looks around the machine, there is nothing.
{
  const fs = require('node:fs')
  require('node:os').cpus = () => [{}]
  for (const name of ['statSync', 'lstatSync', 'openSync', 'readdirSync', 'accessSync']) {
    const original = fs[name]
    fs[name] = (...given) => {
      try {
        return original(...given)
      } catch (error) {
        throw error.name === 'NotCapable' ? Object.assign(new Error('ENOENT'), { code: 'ENOENT' }) : error
      }
    }
  }
}
