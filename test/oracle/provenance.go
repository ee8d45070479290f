package main

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"helm.sh/helm/v4/pkg/provenance"
)

// A chart to be signed as `helm package --sign` does it, with a key that is made for it.
type signingCase struct {
	// rsa, rsa1024, ed25519, ed25519v6, p256, expired, revoked
	Key      string `json:"key"`
	Archive  []byte `json:"archive"`
	FileName string `json:"fileName"`
	Metadata string `json:"metadata"`
}

type signing struct {
	Key         string `json:"key"`
	Keyring     string `json:"keyring"`
	Binary      string `json:"binary"`
	Provenance  string `json:"provenance"`
	Fingerprint string `json:"fingerprint"`
}

// What Helm says to a provenance file. Keyring is armored.
type verificationCase struct {
	Keyring    string `json:"keyring"`
	Archive    []byte `json:"archive"`
	FileName   string `json:"fileName"`
	Provenance []byte `json:"provenance"`
}

const day = 24 * time.Hour

func sign(c signingCase) signing {
	entity := newEntity(c.Key)
	signatory := provenance.Signatory{Entity: entity}
	text, err := signatory.ClearSign(c.Archive, c.FileName, []byte(c.Metadata))
	fail(err)
	if c.Key == "revoked" {
		fail(entity.RevokeKey(packet.KeyCompromised, "lost", nil))
	}
	var binary, armored bytes.Buffer
	fail(entity.Serialize(&binary))
	writer, err := armor.Encode(&armored, openpgp.PublicKeyType, nil)
	fail(err)
	_, err = writer.Write(binary.Bytes())
	fail(err)
	fail(writer.Close())
	return signing{
		Key:         c.Key,
		Keyring:     armored.String() + "\n",
		Binary:      base64.StdEncoding.EncodeToString(binary.Bytes()),
		Provenance:  text,
		Fingerprint: hex.EncodeToString(entity.PrimaryKey.Fingerprint),
	}
}

func newEntity(kind string) *openpgp.Entity {
	now := time.Now()
	config := &packet.Config{RSABits: 2048, Time: func() time.Time { return now.Add(-2 * day) }}
	switch kind {
	case "rsa1024":
		config.RSABits = 1024
	case "ed25519":
		config.Algorithm = packet.PubKeyAlgoEdDSA
	case "ed25519v6":
		config.Algorithm = packet.PubKeyAlgoEd25519
		config.V6Keys = true
	case "p256":
		config.Algorithm = packet.PubKeyAlgoECDSA
		config.Curve = packet.CurveNistP256
	case "expired":
		config.KeyLifetimeSecs = uint32((2*day + time.Hour).Seconds())
	}
	entity, err := openpgp.NewEntity("Release "+kind, "", kind+"@example.io", config)
	fail(err)
	return entity
}

func verify(c verificationCase) (string, error) {
	folder, err := os.MkdirTemp("", "oracle-")
	fail(err)
	defer os.RemoveAll(folder)
	keyring := filepath.Join(folder, "keyring")
	fail(os.WriteFile(keyring, []byte(c.Keyring), 0o600))
	signatory, err := provenance.NewFromKeyring(keyring, "")
	if err != nil {
		return "", err
	}
	found, err := signatory.Verify(c.Archive, c.Provenance, c.FileName)
	if err != nil {
		return "", err
	}
	return hex.EncodeToString(found.SignedBy.PrimaryKey.Fingerprint), nil
}
