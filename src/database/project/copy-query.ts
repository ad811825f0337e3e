import pg from 'pg'

/** What pg's connection can do besides what its types tell: feeding `copy … from stdin`. */
interface CopyIn {
  sendCopyFromChunk(chunk: Buffer): void
  endCopyFrom(): void
}

const chunk = 1 << 16

/** Runs `copy … from stdin` and feeds it the lines of the file. */
export async function runCopy(client: pg.ClientBase, text: string, data: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const query = new pg.Query(text, (error?: Error | null) => (error ? reject(error) : resolve()))
    client.query(
      Object.assign(query, {
        handleCopyInResponse(connection: CopyIn) {
          const bytes = Buffer.from(data)
          for (let at = 0; at < bytes.length; at += chunk) connection.sendCopyFromChunk(bytes.subarray(at, at + chunk))
          connection.endCopyFrom()
        },
      }),
    )
  })
}
