import Arguments

/// The file by which a CI system deploys a project.
enum CIWorkflow: String, CaseIterable, ArgumentValue {
  case github
  case gitlab

  /// Below the project's directory.
  var path: String {
    switch self {
    case .github: ".github/workflows/deploy.yml"
    case .gitlab: ".gitlab-ci.deploy.yml"
    }
  }

  /// What a person has to do where the jobs run.
  var next: String {
    switch self {
    case .github:
      "add the secret DEPLOY_SSH_KEY and the variables DEPLOY_URL and DEPLOY_SHA256 to the repository"
    case .gitlab:
      "include it in .gitlab-ci.yml; add DEPLOY_SSH_KEY (a masked variable), DEPLOY_URL and "
        + "DEPLOY_SHA256"
    }
  }

  var text: String {
    switch self {
    case .github: Self.githubText
    case .gitlab: Self.gitlabText
    }
  }

  private static let githubText = """
    # Written by `deploy init --ci github`. The server's key is `host_key` in deploy.json: no
    # job ever takes an unknown one on trust.
    name: deploy
    on:
      push:
        branches: [main]
      workflow_dispatch:
    # One at a time, and none is cancelled half-way; the next one waits.
    concurrency:
      group: deploy
      cancel-in-progress: false
    permissions:
      contents: read
    jobs:
      deploy:
        runs-on: ubuntu-latest
        timeout-minutes: 30
        steps:
          - uses: actions/checkout@v4
          - name: Install deploy
            env:
              DEPLOY_URL: ${{ vars.DEPLOY_URL }}
              DEPLOY_SHA256: ${{ vars.DEPLOY_SHA256 }}
            run: |
              curl -fsSL "$DEPLOY_URL" -o "$RUNNER_TEMP/deploy"
              echo "$DEPLOY_SHA256  $RUNNER_TEMP/deploy" | sha256sum -c
              install -D -m 0755 "$RUNNER_TEMP/deploy" "$HOME/.local/bin/deploy"
              echo "$HOME/.local/bin" >>"$GITHUB_PATH"
          - name: Deploy
            env:
              DEPLOY_SSH_KEY: ${{ secrets.DEPLOY_SSH_KEY }}
            run: deploy push --wait 10m

    """

  private static let gitlabText = """
    # Written by `deploy init --ci gitlab`. The server's key is `host_key` in deploy.json: no
    # job ever takes an unknown one on trust.
    deploy:
      stage: deploy
      rules:
        - if: $CI_COMMIT_BRANCH == $CI_DEFAULT_BRANCH
      # One at a time; the next one waits.
      resource_group: production
      interruptible: false
      timeout: 30m
      before_script:
        - curl -fsSL "$DEPLOY_URL" -o /usr/local/bin/deploy
        - echo "$DEPLOY_SHA256  /usr/local/bin/deploy" | sha256sum -c
        - chmod 0755 /usr/local/bin/deploy
      script:
        - deploy push --wait 10m

    """
}
