import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'

/** A bucket of a server that speaks S3, and how it is reached. */
export interface S3Place {
  /** Absent: that of AWS for the region. */
  readonly endpoint?: string | undefined
  readonly region: string
  readonly bucket: string
  readonly accessKeyId: string
  readonly secretAccessKey: string
  /** The bucket stands in the path rather than in the host's name. */
  readonly forcePathStyle: boolean
}

/** For whoever makes a client of their own. */
export function clientConfig({ endpoint, region, accessKeyId, secretAccessKey, forcePathStyle }: S3Place) {
  return {
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle,
    // Servers of the protocol know the older checksums only; bytes are compared by their entity tags.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    ...(endpoint !== undefined && { endpoint }),
  } as const satisfies S3ClientConfig
}

export function connect(place: S3Place): S3Client {
  return new S3Client(clientConfig(place))
}
