// Text to measure with: a few everyday sentences, put together anew in any amount, the same for the same seed.
#pragma once

#include <cstddef>
#include <random>
#include <span>
#include <string>
#include <string_view>

namespace earshot::bench {

inline constexpr std::string_view kSentences[] = {
    "今天早上八点，服务器收到第一条消息，那时大家还没有到办公室。",
    "小李说他昨天晚上改了三行代码，问题就不见了，可是谁也不知道为什么。",
    "如果对方先关闭连接，我们还可以把剩下的数据发完，然后再说再见。",
    "河边的柳树已经绿了，孩子们在桥上放风筝，老人坐在长椅上看报纸。",
    "设备每隔五秒报告一次温度和湿度，超过上限就会亮红灯。",
    "请把文件放在桌子左边的抽屉里，钥匙在门后面挂着。",
    "火车晚点了四十分钟，站台上挤满了回家过年的人，广播里一遍又一遍地道歉。",
    "这本书讲的是一位钟表匠的故事：他修好了全城的钟，却总是忘记自己的时间。",
    "连接超时通常不是程序的错，先看看网线是不是插好了。",
    "她打开窗户，海风带着盐味吹进来，远处的灯塔一闪一闪。",
    "编码不对的时候，屏幕上全是看不懂的字，其实一个字节也没有丢。",
    "我们约好星期六下午在图书馆门口见面，下雨的话就改到星期天。",
    "老师问：“谁能说出三次握手的顺序？”教室里安静得听得见钟声。",
    "厨房里炖着牛肉，香味飘到楼道里，邻居家的猫在门外叫个不停。",
    "日志写得太多会拖慢系统，写得太少又找不到原因，这是一门手艺。",
    "山路很窄，两辆车不能同时通过，只好有一辆慢慢倒回去。",
};

// For Shift_JIS and EUC-JP: kana and kanji, here and there half-width katakana, digits and letters.
inline constexpr std::string_view kJapaneseSentences[] = {
    "朝八時にサーバーが最初の電文を受け取ったとき、事務所にはまだ誰もいなかった。",
    "祖母は縁側に腰をかけて、庭の柿の木を見上げながらゆっくりお茶を飲んでいた。",
    "相手が先に接続を閉じても、残りのデータを送り終えてから挨拶をすればよい。",
    "電車が四十分も遅れたので、ホームは故郷へ帰る人たちでいっぱいになった。",
    "ｾﾝｻｰ3号機：温度 24.5℃、湿度 61%、ｴﾗｰはありません。",
    "この本は、町じゅうの時計を直したのに自分の時間だけはいつも忘れてしまう職人の話である。",
    "窓を開けると潮の香りのする風が吹き込み、遠くの灯台がまたたいていた。",
    "雨が降ったら日曜日に延ばしますが、晴れたら土曜の午後に図書館の前で会いましょう。",
    "文字化けして読めなくても、バイトはひとつも失われていないから心配はいらない。",
    "先生が「握手の順番を言える人はいますか」と聞くと、教室は急に静かになった。",
    "ﾃｽﾄ完了、ﾛｸﾞは別紙のとおり。",
    "山道は狭く、二台の車がすれちがえないので、片方がゆっくり後ろへ下がった。",
};

// For Big5.
inline constexpr std::string_view kTraditionalSentences[] = {
    "今天早上八點，伺服器收到第一則訊息，那時大家還沒有到辦公室。",
    "捷運站出口的豆漿店五點就開門，老闆記得每個客人要加幾匙糖。",
    "他把舊收音機修好了，整個晚上都在聽遠方電台的雜音。",
    "如果對方先關閉連線，我們還可以把剩下的資料送完，然後再說再見。",
    "颱風過後，院子裡的芒果樹斷了一半，鄰居卻送來一籃剛摘的果子。",
    "請在星期五以前回覆，會議室只剩下二樓靠窗的那一間。",
    "外婆說：「湯要慢慢燉，話要慢慢講。」我到現在才懂她的意思。",
    "這條鐵路沿著海岸走，隧道一過，眼前忽然全是藍色。",
    "感應器每隔五秒回報一次溫度與溼度，超過上限就會亮起紅燈。",
    "字碼選錯的時候，螢幕上全是看不懂的字，其實一個位元組也沒有少。",
};

// For EUC-KR: words of a few syllables with spaces between.
inline constexpr std::string_view kKoreanSentences[] = {
    "오늘 아침 여덟 시에 서버가 첫 번째 메시지를 받았지만 사무실에는 아직 아무도 없었다. ",
    "할머니는 시장에서 사 온 배추를 마당에 펼쳐 놓고 하나씩 씻기 시작했다. ",
    "상대가 먼저 연결을 닫아도 우리는 남은 자료를 다 보낸 뒤에 인사할 수 있습니다. ",
    "기차가 사십 분이나 늦어서 승강장은 고향으로 가는 사람들로 가득 찼다. ",
    "이 책은 마을의 시계를 모두 고치고도 자기 시간은 늘 잊어버린 사람의 이야기다. ",
    "감지기는 오 초마다 온도와 습도를 알리고, 한계를 넘으면 빨간 등을 켭니다. ",
    "창문을 열자 소금 냄새가 나는 바람이 들어왔고 먼 곳에서 등대가 깜박였다. ",
    "비가 오면 일요일로 미루고, 그렇지 않으면 토요일 오후 도서관 앞에서 만나요. ",
    "글자가 깨져 보여도 바이트는 하나도 사라지지 않았으니 걱정하지 마세요. ",
    "선생님이 \"세 번의 악수를 누가 설명해 볼까?\" 하고 묻자 교실이 조용해졌다. ",
};

// For windows-1251 and UTF-16.
inline constexpr std::string_view kRussianSentences[] = {
    "В восемь часов утра сервер принял первое сообщение, а в конторе ещё никого не было. ",
    "Бабушка сидела на крыльце и не спеша пила чай, глядя на старую яблоню в саду. ",
    "Если собеседник закрыл соединение первым, мы всё равно дошлём остальное и простимся. ",
    "Поезд опоздал на сорок минут, и платформа была полна людей, едущих домой. ",
    "Датчик каждые пять секунд сообщает температуру 24,5 и влажность 61. ",
    "Она открыла окно: пахло морем, вдали мигал маяк. ",
    "Когда кодировка выбрана неверно, на экране одни закорючки, но ни один байт не потерян. ",
};

// For windows-1252: ASCII with a letter beyond it here and there.
inline constexpr std::string_view kWesternSentences[] = {
    "À huit heures, le serveur a reçu son premier message; personne n'était encore arrivé. ",
    "Die Großmutter saß im Garten und trank gemütlich ihren Tee unter dem alten Apfelbaum. ",
    "Si el otro cierra primero la conexión, enviamos lo que queda y después nos despedimos. ",
    "Le train avait quarante minutes de retard, et le quai débordait de voyageurs fatigués. ",
    "Der Fühler meldet alle fünf Sekunden Temperatur und Feuchte, darüber wird die Lampe rot. ",
    "Abrió la ventana: olía a sal, y a lo lejos parpadeaba el faro. ",
};

// At least `size` bytes of UTF-8, in paragraphs of five sentences.
inline std::string prose(std::size_t size, std::span<const std::string_view> sentences = kSentences,
                         unsigned seed = 1) {
    std::mt19937 random(seed);
    std::string text;
    for (int sentence = 1; text.size() < size; ++sentence) {
        text += sentences[random() % sentences.size()];
        if (sentence % 5 == 0) text += '\n';
    }
    return text;
}

// The same in markup, so that about `percent` of its bytes in GBK are ASCII.
inline std::string markup(std::size_t size, unsigned percent, unsigned seed = 2) {
    static constexpr std::string_view kTags[] = {"<div class=\"entry\" id=\"row-",
                                                 "<a href=\"/list?page=",
                                                 "</span></td><td width=\"120\">",
                                                 "<img src=\"/images/icon-",
                                                 "<p style=\"margin: 0 4px\">",
                                                 "</a></li>\n    <li class=\"item\">",
                                                 "\" target=\"_blank\" rel=\"nofollow\">",
                                                 "</p>\n<p>"};
    std::mt19937 random(seed);
    std::string text;
    std::size_t ascii = 0;
    std::size_t wide = 0;
    while (text.size() < size) {
        if (ascii * (100 - percent) <= wide * percent) {
            const std::string tag = std::string(kTags[random() % std::size(kTags)]) + std::to_string(random() % 1000);
            text += tag;
            ascii += tag.size();
        } else {
            const std::string_view sentence = kSentences[random() % std::size(kSentences)];
            const std::size_t characters = 2 + random() % 12;  // all of three bytes, two in GBK
            const std::size_t first = random() % 6;
            text += sentence.substr(3 * first, 3 * characters);
            wide += 2 * characters;
        }
    }
    return text;
}

}  // namespace earshot::bench
