namespace CodexSecurity.Analysis.Syntax;

/// <summary>SHA-256 of the pinned WebAssembly files: a replaced package is refused at load.</summary>
internal static class WasmDigests
{
    public const string Core = "beca80e44cccbf2299ed4d1e3fa6462a9a6fe818aeebf847547a392227ce4acc";
    public const string JavaScript = "5fb488d0cabb4775a594bab85682de5ad6ce83c0d6ac997a9f82dd084d571240";
    public const string TypeScript = "778025db5a8be0e70f8ccc3671e486dfeddd048c25d9e8a70c26de2e1bf6f97d";
    public const string Tsx = "79e5da75ea62855a0cd67177685f0164eac87d5f630b3cbe1e0a099751ad30f8";
    public const string Python = "16108b50df4ee9a30168794252ab55e7c93bfc5765d7fa0aa3e335752c515f47";
    public const string Java = "4fdeac4ca6ca089f06c6f7e562abcac1733cd465728cc7031ebb73c2019122c4";
    public const string Go = "9504573f352b20be7f2f1911754d710622aedc15afff16d5ed8fb5645681aee7";
    public const string Php = "d4df6a6ff08c87c3ec4f9cbb785fe09998a0cb570e03f57d7b19b3acfb146aa7";
    public const string Ruby = "09a96427d7c72f0613ed470cd9812223fc4a91d6a9c025c0235cc6bd59ff96f4";
    public const string C = "c852c2a85ebf2beb636aa3b0ef7f7e70458684d74f6741b20dcb296885bed9f9";
    public const string Cpp = "77a65bd42f43c2dcd69af40c12a6c32d6ed81d360c025e9feb28911f8339fd69";
    public const string CSharp = "d12d85996c25957b4c1b71e26db2d7cc8a294997b60642e9c2a3b031b2c66dd3";
}
