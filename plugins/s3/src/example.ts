/** A configuration to paste, for `hayloft plugins`. */
export const example = `targets:
  offsite:
    url: s3://bucket@eu-central-1/prefix/
    credentials: { file: /run/secrets/s3 } # lines KEY=VALUE, or a folder with a file a key:
    # AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, or AWS_IAM_ROLE_ARN; without them the machine's own role
    # AWS_ENDPOINTS (https://host:port of another server), AWS_CERT (its authority), VIRTUAL_HOSTED_STYLE=true
    # AWS_SSE_CUSTOMER_KEY, HTTP_PROXY, HTTPS_PROXY, NO_PROXY
  ceph:
    plugin: s3
    options: { bucket: backups, region: us-east-1, prefix: images } # and encryption, kmsKeyId, conditionalPut, consistentListing
    credentials: { env: [AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_ENDPOINTS] }
`;
