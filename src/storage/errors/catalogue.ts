/**
 * The errors of the Storage API, as supabase/storage names them: the code, the status it reports in the body, the
 * older `error` word that clients still compare, and the public message.
 * https://github.com/supabase/storage/blob/master/src/internal/errors/codes.ts
 */
export const catalogue = {
  NoSuchBucket: { statusCode: 404, error: 'Bucket not found', message: 'Bucket not found' },
  NoSuchKey: { statusCode: 404, error: 'not_found', message: 'Object not found' },
  NotFound: { statusCode: 404, error: 'Not Found', message: 'Route not found' },
  InvalidRequest: { statusCode: 400, error: 'InvalidRequest', message: 'Invalid Request' },
  InvalidSchema: { statusCode: 400, error: 'Error', message: 'Invalid Request' },
  InvalidBody: {
    statusCode: 400,
    error: 'FastifyError',
    message: "Body is not valid JSON but content-type is set to 'application/json'",
  },
  InvalidRobotsTag: { statusCode: 400, error: 'invalid_x_robots_tag', message: 'Invalid X-Robots-Tag header' },
  InvalidContentType: { statusCode: 415, error: 'invalid_mime_type', message: 'Invalid Content-Type header' },
  BodyTooLarge: { statusCode: 413, error: 'FastifyError', message: 'Request body is too large' },
  InvalidParameter: { statusCode: 400, error: 'InvalidParameter', message: 'Invalid Parameter' },
  InvalidJWT: { statusCode: 400, error: 'InvalidJWT', message: 'Invalid JWT' },
  InvalidSignature: { statusCode: 400, error: 'InvalidSignature', message: 'Invalid signature' },
  InvalidBucketName: { statusCode: 400, error: 'Invalid Input', message: 'Bucket name invalid' },
  InvalidKey: { statusCode: 400, error: 'InvalidKey', message: 'Invalid key' },
  InvalidRange: { statusCode: 416, error: 'invalid_range', message: 'invalid range provided' },
  InvalidMimeType: { statusCode: 415, error: 'invalid_mime_type', message: 'mime type is not supported' },
  EntityTooLarge: {
    statusCode: 413,
    error: 'Payload too large',
    message: 'The object exceeded the maximum allowed size',
  },
  EntityTooSmall: {
    statusCode: 400,
    error: 'EntityTooSmall',
    message: 'The object is smaller than the minimum allowed size',
  },
  AccessDenied: { statusCode: 403, error: 'Unauthorized', message: 'Access denied' },
  FeatureNotEnabled: {
    statusCode: 400,
    error: 'FeatureNotEnabled',
    message: 'This feature is not available for your tenant',
  },
  ResourceAlreadyExists: { statusCode: 409, error: 'Duplicate', message: 'The resource already exists' },
  KeyAlreadyExists: { statusCode: 409, error: 'Duplicate', message: 'The resource already exists' },
  BucketAlreadyExists: { statusCode: 409, error: 'Duplicate', message: 'The resource already exists' },
  ResourceNotEmpty: {
    statusCode: 409,
    error: 'ResourceNotEmpty',
    message: 'The bucket you tried to delete is not empty',
  },
  ResourceReferenced: {
    statusCode: 409,
    error: 'ResourceReferenced',
    message: 'The resource could not be updated or removed due to a foreign key constraint',
  },
  ResourceLocked: { statusCode: 423, error: 'ResourceLocked', message: 'The resource is locked' },
  SlowDown: {
    statusCode: 429,
    error: 'too_many_connections',
    message: 'Too many connections issued to the database',
  },
  DatabaseTimeout: {
    statusCode: 544,
    error: 'DatabaseTimeout',
    message: 'The connection to the database timed out',
  },
  DatabaseReadOnly: {
    statusCode: 503,
    error: 'DatabaseReadOnly',
    message: 'The database is currently in read-only mode. Please try again later.',
  },
  DatabaseInvalidObjectDefinition: {
    statusCode: 503,
    error: 'DatabaseInvalidObjectDefinition',
    message: 'The database schema is invalid or incompatible.',
  },
  DatabaseSchemaMismatch: {
    statusCode: 503,
    error: 'DatabaseSchemaMismatch',
    message: 'The database schema is out of sync. Please run migrations or contact support.',
  },
  NoSuchUpload: { statusCode: 404, error: 'NoSuchUpload', message: 'Upload not found' },
  InvalidUploadId: { statusCode: 400, error: 'InvalidUploadId', message: 'Invalid upload id' },
  MissingPart: { statusCode: 400, error: 'MissingPart', message: 'A part of the upload is missing' },
  MissingContentLength: {
    statusCode: 400,
    error: 'MissingContentLength',
    message: 'You must provide the Content-Length HTTP header.',
  },
  MalformedXML: { statusCode: 400, error: 'MalformedXML', message: 'The XML is not as the schema says' },
  InvalidChecksum: { statusCode: 400, error: 'InvalidChecksum', message: 'The checksum does not match the content' },
  PreconditionFailed: {
    statusCode: 412,
    error: 'PreconditionFailed',
    message: 'At least one of the preconditions does not hold',
  },
  InvalidAccessKeyId: {
    statusCode: 403,
    error: 'InvalidAccessKeyId',
    message: 'The Access Key Id you provided does not exist in our records.',
  },
  SignatureDoesNotMatch: {
    statusCode: 403,
    error: 'SignatureDoesNotMatch',
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  },
  RequestTimeTooSkewed: {
    statusCode: 403,
    error: 'RequestTimeTooSkewed',
    message: 'The time of the request and that of the server are too far apart',
  },
  ExpiredToken: { statusCode: 400, error: 'ExpiredToken', message: 'The provided token has expired.' },
  NotImplemented: { statusCode: 501, error: 'NotImplemented', message: 'This operation is not implemented' },
  DatabaseError: { statusCode: 500, error: 'DatabaseError', message: 'database error' },
  InternalError: { statusCode: 500, error: 'Internal', message: 'Internal Server Error' },
} as const satisfies Record<string, { statusCode: number; error: string; message: string }>

export type StorageErrorCode = keyof typeof catalogue
