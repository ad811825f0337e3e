/**
 * Every error that Portico itself raises: its stable code, HTTP status and public message.
 * Auth, Storage, Functions and REST answer in their own API's shapes, kept in their rooms.
 * `docs/errors.md` explains each code; a test compares the two.
 */
export const catalogue = {
  // starting
  CONFIG_INVALID: { status: 500, message: 'The configuration has a mistake.' },
  SECRETS_REFUSED: { status: 500, message: 'A well-known development secret may not be used here.' },
  PLATFORM_UNSUPPORTED: { status: 500, message: 'This platform cannot run the embedded services.' },
  DATA_FOLDER_BUSY: { status: 500, message: 'Another Portico holds this data folder.' },
  PORT_IN_USE: { status: 500, message: 'A port that Portico needs is taken.' },
  POSTGRES_FAILED: { status: 500, message: 'Postgres did not start.' },
  DATABASE_UNREACHABLE: { status: 503, message: 'The database cannot be reached.' },
  SQL_FILE_FAILED: { status: 500, message: 'A statement of a SQL file failed.' },
  EXTENSION_UNAVAILABLE: { status: 500, message: 'A Postgres extension is not available.' },
  SEED_OBJECT_FAILED: { status: 500, message: 'A file of a bucket could not be seeded.' },
  PROJECT_SCHEMA_INVALID: { status: 500, message: "A file of the project's schema folder is not valid." },
  TRUSTED_DOCUMENTS_INVALID: { status: 500, message: 'The trusted documents cannot be read.' },
  FUNCTION_INVALID: { status: 500, message: 'An edge function does not compile.' },
  // at the door
  BAD_REQUEST: { status: 400, message: 'The request is malformed.' },
  UNAUTHENTICATED: { status: 401, message: 'The token is not valid.' },
  FORBIDDEN_ROLE: { status: 403, message: 'The token names a role that may not be used here.' },
  NOT_FOUND: { status: 404, message: 'There is nothing at this address.' },
  URI_TOO_LONG: { status: 431, message: 'The URL and the headers are too long.' },
  RATE_LIMITED: { status: 429, message: 'Too many requests: try again later.' },
  PAYLOAD_TOO_LARGE: { status: 413, message: 'The request body is too large.' },
  BAD_GATEWAY: { status: 502, message: 'The managed service cannot be reached.' },
  NOT_READY: { status: 503, message: 'The backend is not ready.' },
  // in an operation
  BAD_USER_INPUT: { status: 200, message: 'The input is not valid.' },
  OPERATION_TOO_COMPLEX: { status: 200, message: 'The operation is too large.' },
  DOCUMENT_NOT_TRUSTED: { status: 200, message: 'Only the documents of this project are answered.' },
  DOCUMENT_NOT_FOUND: { status: 200, message: 'The document is not known.' },
  PERSISTED_QUERY_NOT_FOUND: { status: 200, message: 'PersistedQueryNotFound' },
  PERSISTED_QUERY_NOT_SUPPORTED: { status: 200, message: 'PersistedQueryNotSupported' },
  TOO_MANY_SUBSCRIPTIONS: { status: 200, message: 'Too many subscriptions are open.' },
  CHANGES_UNKNOWN: { status: 200, message: 'Nothing tells of changes of what the subscription looks at.' },
  TIMEOUT: { status: 200, message: 'The operation took too long.' },
  INTERNAL_SERVER_ERROR: { status: 500, message: 'Unexpected error.' },
} as const satisfies Record<string, { status: number; message: string }>

/** The code of an error: stable, and explained in docs/errors.md. */
export type ErrorCode = keyof typeof catalogue
